import { connect, isIP, type Socket } from 'node:net';
import { createTransport } from 'nodemailer';
import { ADDRESS_REFUSED, isPublicAddress, publicLookup } from '../addresses.ts';
import { wasUnreached, within } from '../deadline.ts';
import { OutboundAmbiguous, OutboundDelayed, OutboundRefused } from '../errors.ts';
import type { Mail } from './mail.ts';
import { EMAIL_TIMEOUT_MS } from './resend.ts';

export interface SmtpTarget {
  /** `smtp://user:password@host:587` (STARTTLS) or `smtps://…:465`. */
  readonly url: string;
  /** Whether addresses of the inner network may be called. */
  readonly isTrusted: boolean;
  readonly timeoutMs?: number | undefined;
}

/**
 * Sends one e-mail with a Message-ID that is the same for every attempt, so that a repetition can be told by the mailbox.
 * With a user, the connection must be encrypted, unless the address says `?tls=optional`. Returns a machine code when the
 * server took it for some of the receivers only, else null.
 */
export async function sendSmtp(
  { url, isTrusted, timeoutMs }: SmtpTarget,
  mail: Mail,
): Promise<string | null> {
  const server = new URL(url);
  const patience = timeoutMs ?? EMAIL_TIMEOUT_MS;
  const isSecure = server.protocol === 'smtps:';
  const user = decodeURIComponent(server.username);
  const host = server.hostname.replace(/^\[|\]$/g, '');
  let socket: Socket | undefined;
  const transport = createTransport({
    ...{ host, port: Number(server.port || (isSecure ? 465 : 587)), secure: isSecure },
    requireTLS: !isSecure && user !== '' && server.searchParams.get('tls') !== 'optional',
    ...(user && { auth: { user, pass: decodeURIComponent(server.password) } }),
    ...{ connectionTimeout: patience, greetingTimeout: patience, socketTimeout: patience },
    ...{ disableFileAccess: true, disableUrlAccess: true },
    // Our own socket: guarded at the moment of connecting, and ours to end.
    getSocket(
      options: { host?: string; port?: number },
      done: (error: Error | null, socket?: object) => void,
    ) {
      open(String(options.host), Number(options.port), isTrusted).then(
        (connection) => {
          socket = connection;
          done(null, { connection });
        },
        (error: Error) => done(error),
      );
    },
  });
  try {
    const { id, from, to, subject, text } = mail;
    const messageId = `<${id}@${domainOf(from)}>`;
    const message = { from, to: [...to], subject, text, messageId };
    const { rejected } = await within(patience, transport.sendMail(message));
    return rejected.length > 0 ? `SMTP_REJECTED_${rejected.length}_OF_${to.length}` : null;
  } catch (error) {
    throw translated(error);
  } finally {
    socket?.destroy();
    transport.close();
  }
}

const domainOf = (address: string): string => /@([\w.-]+)>?$/.exec(address.trim())?.[1] ?? 'localhost';

function open(host: string, port: number, isTrusted: boolean): Promise<Socket> {
  return new Promise((resolve, reject) => {
    if (!isTrusted && isIP(host) && !isPublicAddress(host)) {
      reject(new OutboundRefused(ADDRESS_REFUSED));
      return;
    }
    const socket = connect({ host, port, ...(!isTrusted && { lookup: publicLookup }) });
    socket.once('error', reject);
    socket.once('connect', () => {
      socket.off('error', reject);
      // Whoever speaks on it listens for its errors; between two listeners there must be one.
      socket.on('error', () => {});
      resolve(socket);
    });
  });
}

/** Codes only: answers of servers quote addresses. */
function translated(error: unknown): Error {
  if (error instanceof OutboundAmbiguous || error instanceof OutboundRefused) return error;
  const { code, responseCode } = (error ?? {}) as { code?: unknown; responseCode?: unknown };
  if (typeof responseCode === 'number') {
    const says = `SMTP_${responseCode}`;
    return responseCode >= 500 ? new OutboundRefused(says) : new OutboundDelayed(says);
  }
  if (code === ADDRESS_REFUSED) return new OutboundRefused(ADDRESS_REFUSED);
  if (wasUnreached(code)) return new OutboundDelayed(`SMTP_${code}`);
  const word = typeof code === 'string' && /^\w{1,30}$/.test(code) ? code : 'CONNECTION';
  return new OutboundAmbiguous(word === 'ETIMEDOUT' ? 'TIMEOUT' : `SMTP_${word}`);
}
