/** Backlogs of which a piece is being read at once in this process, whoever asks. */
const AT_ONCE = 4;

/** Lets work on backlogs take turns, so that it never stands in the way of requests and of what is live. */
export interface Turns {
  /** Runs the piece of work when it is its turn; tenants take turns, and within one those who have waited longest. */
  run<T>(tenantId: string, work: () => Promise<T>): Promise<T>;
}

/** At most `atOnce` pieces at a time, and the next only after requests that are waiting had their chance. */
export function createTurns(atOnce = AT_ONCE): Turns {
  // Insertion order is the order of turns: a tenant that had one is put behind the others.
  const waiting = new Map<string, (() => void)[]>();
  let running = 0;

  const next = () => {
    if (running >= atOnce) return;
    const entry = waiting.entries().next().value;
    if (!entry) return;
    const [tenantId, queue] = entry;
    const start = queue.shift() as () => void;
    waiting.delete(tenantId);
    if (queue.length > 0) waiting.set(tenantId, queue);
    running++;
    start();
  };
  const finish = () => {
    running--;
    next();
  };

  return {
    run: (tenantId, work) =>
      new Promise((resolve, reject) => {
        const start = () => {
          const end = () => setImmediate(finish);
          work().then(resolve, reject).finally(end);
        };
        const queue = waiting.get(tenantId) ?? [];
        queue.push(start);
        waiting.set(tenantId, queue);
        next();
      }),
  };
}

/** One order of turns for the whole process: that is what its event loop is shared by. */
export const backlogTurns = createTurns();

/** How long backlogs together may keep the event loop. */
const BURST_MS = 3;
let since = 0;
let breath: Promise<void> | undefined;

/** `await breathe()` between small steps: lets others in when all such steps have taken a few milliseconds together. */
export function breathe(): Promise<void> | undefined {
  if (performance.now() - since < BURST_MS) return breath;
  breath ??= new Promise((resolve) => {
    setImmediate(() => {
      since = performance.now();
      breath = undefined;
      resolve();
    });
  });
  return breath;
}
