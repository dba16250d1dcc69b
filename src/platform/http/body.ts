import type { IncomingMessage } from 'node:http';
import { refusal } from './errors.ts';
import { badRequest } from './params.ts';

const tooLarge = (limit: number) =>
  refusal(
    'LIMIT_EXCEEDED',
    `A request body has at most ${limit} bytes.`,
    { status: 413 },
    {
      limit: 'bodyBytes',
      allowed: limit,
    },
  );

/** The whole body, read once. Rejects with a typed refusal when it is larger than `limit` bytes or breaks off. */
export function readBody(request: IncomingMessage, limit: number): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    if (Number(request.headers['content-length'] ?? 0) > limit) {
      reject(tooLarge(limit));
      return;
    }
    const chunks: Buffer[] = [];
    let size = 0;
    request.on('data', (chunk: Buffer) => {
      size += chunk.length;
      if (size > limit) {
        request.removeAllListeners('data').pause();
        reject(tooLarge(limit));
      } else {
        chunks.push(chunk);
      }
    });
    const broken = () => {
      if (!request.complete) reject(badRequest('The request broke off.'));
    };
    request.on('end', () => resolve(chunks.length === 1 ? (chunks[0] as Buffer) : Buffer.concat(chunks)));
    request.on('error', broken);
    request.on('close', broken);
  });
}

/** JSON of a body, or a refusal. */
export function parseJson(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString('utf8'));
  } catch {
    throw badRequest('The body is not JSON.');
  }
}
