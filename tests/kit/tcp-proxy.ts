import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';

/** A door before a server, which a test may shut (connections are refused) or let hang (nobody answers). */
export interface TcpProxy {
  readonly port: number;
  open(): Promise<void>;
  refuse(): Promise<void>;
  hang(): Promise<void>;
}

/** Listens on a free port before `target` and lets everything through. */
export async function tcpProxy(target: { host: string; port: number }): Promise<TcpProxy> {
  const sockets = new Set<Socket>();
  let server: Server | undefined;
  let port = 0;
  const keep = (socket: Socket): Socket => {
    sockets.add(socket);
    socket.on('error', () => {});
    return socket.on('close', () => sockets.delete(socket));
  };
  const pass = (socket: Socket): void => {
    const upstream = keep(connect(target));
    socket.pipe(upstream).pipe(socket);
    socket.on('close', () => upstream.destroy());
    upstream.on('close', () => socket.destroy());
  };
  const refuse = async (): Promise<void> => {
    const closed = server && once(server, 'close');
    server?.close();
    server = undefined;
    for (const socket of sockets) socket.resetAndDestroy();
    await closed;
  };
  const listen = async (onSocket: (socket: Socket) => void): Promise<void> => {
    await refuse();
    server = createServer((socket) => onSocket(keep(socket))).listen(port, '127.0.0.1');
    await once(server, 'listening');
    port = (server.address() as AddressInfo).port;
  };
  const proxy = {
    get port() {
      return port;
    },
    refuse,
    open: () => listen(pass),
    hang: () => listen((socket) => socket.resume()),
  };
  await proxy.open();
  return proxy;
}
