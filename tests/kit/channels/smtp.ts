import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { SMTPServer } from 'smtp-server';

/** An SMTP server that keeps what it is given; the next `refusals` are what it says to a message. */
export class FakeSmtp {
  readonly user = 'alerts';
  readonly password = 'smtp-secret-password-0001';
  readonly mails: string[] = [];
  logins = 0;
  refusals: { code: number; message: string }[] = [];
  /** Receivers that it has never heard of. */
  unknown: string[] = [];
  private server: SMTPServer | undefined;
  private port = 0;

  get url(): string {
    return `smtp://${this.user}:${this.password}@127.0.0.1:${this.port}?tls=optional`;
  }

  /** Encrypted with a certificate that proves nothing, or not at all. */
  async start({ isEncrypted = false }: { isEncrypted?: boolean } = {}): Promise<this> {
    const server = new SMTPServer({
      ...{ authOptional: false, allowInsecureAuth: !isEncrypted, logger: false },
      disabledCommands: isEncrypted ? [] : ['STARTTLS'],
      onAuth: ({ username, password }, _session, done) => {
        this.logins++;
        return username === this.user && password === this.password
          ? done(null, { user: username })
          : done(Object.assign(new Error('refused'), { responseCode: 535 }));
      },
      onRcptTo: ({ address }, _session, done) =>
        this.unknown.includes(address)
          ? done(Object.assign(new Error('no such user'), { responseCode: 550 }))
          : done(),
      onData: (stream, _session, done) => {
        const chunks: Buffer[] = [];
        stream.on('data', (chunk: Buffer) => chunks.push(chunk));
        stream.on('end', () => {
          const refusal = this.refusals.shift();
          if (refusal) return done(Object.assign(new Error(refusal.message), { responseCode: refusal.code }));
          this.mails.push(Buffer.concat(chunks).toString('utf8'));
          done();
        });
      },
    });
    // A client that hangs up is no failure of the server.
    server.on('error', () => {});
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    this.server = server;
    this.port = (server.server.address() as AddressInfo).port;
    return this;
  }

  async stop(): Promise<void> {
    await new Promise<void>((resolve) => (this.server ? this.server.close(() => resolve()) : resolve()));
  }
}

/** An SMTP server that accepts connections and never says a word. */
export class SilentSmtp {
  connections = 0;
  private readonly sockets = new Set<Socket>();
  private server: Server | undefined;
  private port = 0;

  get url(): string {
    return `smtp://127.0.0.1:${this.port}`;
  }

  async start(): Promise<this> {
    const server = createServer((socket) => {
      this.connections++;
      this.sockets.add(socket);
      socket.on('error', () => {});
      socket.on('close', () => this.sockets.delete(socket));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    this.server = server;
    this.port = (server.address() as AddressInfo).port;
    return this;
  }

  /** Connections that the other side has not ended. */
  get open(): number {
    return this.sockets.size;
  }

  async stop(): Promise<void> {
    for (const socket of this.sockets) socket.destroy();
    await new Promise<void>((resolve) => (this.server ? this.server.close(() => resolve()) : resolve()));
  }
}
