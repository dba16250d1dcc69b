import { type ChildProcess, fork } from 'node:child_process';

/** A child process that is told things and says things back. */
export interface Child {
  ask<Reply>(message: object): Promise<Reply>;
  stop(): Promise<void>;
}

/** Starts a module as a child process; it answers every message with exactly one. */
export function startChild(module: URL, env: Record<string, string> = {}): Child {
  const child: ChildProcess = fork(module, { env: { ...process.env, ...env }, stdio: 'inherit' });
  const exited = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  return {
    ask: (message) =>
      new Promise((resolve, reject) => {
        const onExit = () => reject(new Error('The child process died.'));
        child.once('exit', onExit);
        child.once('message', (reply) => {
          child.off('exit', onExit);
          const failure = (reply as { failure?: string }).failure;
          if (failure === undefined) resolve(reply as never);
          else reject(new Error(failure));
        });
        child.send(message);
      }),
    async stop() {
      child.kill('SIGKILL');
      await exited;
    },
  };
}

/** The child's side of it. */
export function answer<Message>(handle: (message: Message) => unknown): void {
  process.on('message', (message) => {
    Promise.resolve()
      .then(() => handle(message as Message))
      .then(
        (reply) => process.send?.(reply ?? {}),
        (error) => process.send?.({ failure: (error as Error).stack ?? String(error) }),
      );
  });
}
