import type { IncomingMessage, ServerResponse } from 'node:http';
import { promisify } from 'node:util';
import { brotliCompress, constants, gzip } from 'node:zlib';

/** What we compress with, the better one first. */
export type Encoding = 'br' | 'gzip';
const OURS: readonly Encoding[] = ['br', 'gzip'];

const COMPRESS: Record<Encoding, (body: Buffer) => Promise<Buffer>> = {
  // Quality 5 takes half a second for all of GraphiQL, 9 five times as long for 4 % less.
  br: (body) => promisify(brotliCompress)(body, { params: { [constants.BROTLI_PARAM_QUALITY]: 5 } }),
  gzip: (body) => promisify(gzip)(body),
};

/** The best encoding that an accept-encoding header allows; null: as it is. */
export function encodingOf(accept: string | string[] | undefined, ours = OURS): Encoding | null {
  const wanted = new Set<string>();
  for (const one of String(accept ?? '').split(',')) {
    const [name = '', ...parameters] = one.split(';').map((part) => part.trim().toLowerCase());
    const q = parameters.find((part) => part.startsWith('q='))?.slice(2) ?? '1';
    if (Number(q) > 0) wanted.add(name);
  }
  return ours.find((encoding) => wanted.has(encoding)) ?? null;
}

/** Something that is the same for everybody: compressed once per encoding, when somebody first asks for it. */
export interface Asset {
  readonly type: string;
  /** Changes when the content does. */
  readonly tag: string;
  readonly body: Buffer;
  encoded(encoding: Encoding): Promise<Buffer>;
}

export function createAsset(type: string, tag: string, body: Buffer): Asset {
  const made = new Map<Encoding, Promise<Buffer>>();
  return {
    ...{ type, tag, body },
    encoded(encoding) {
      let making = made.get(encoding);
      if (!making) {
        making = COMPRESS[encoding](body);
        made.set(encoding, making);
      }
      return making;
    },
  };
}

/** Answers a GET or HEAD with the asset, compressed as the caller likes, or with 304 when it has it already. */
export async function sendAsset(
  request: IncomingMessage,
  response: ServerResponse,
  asset: Asset,
  headers: Record<string, string>,
): Promise<void> {
  const encoding = encodingOf(request.headers['accept-encoding']);
  const etag = `"${asset.tag}${encoding ? `-${encoding}` : ''}"`;
  const all = { ...headers, etag, vary: 'accept-encoding', 'x-content-type-options': 'nosniff' };
  if ((request.headers['if-none-match'] ?? '').split(/\s*,\s*/).includes(etag)) {
    response.writeHead(304, all).end();
    return;
  }
  const body = encoding ? await asset.encoded(encoding) : asset.body;
  if (response.destroyed) return;
  response.writeHead(200, {
    ...all,
    'content-type': asset.type,
    'content-length': body.length,
    ...(encoding && { 'content-encoding': encoding }),
  });
  response.end(request.method === 'HEAD' ? undefined : body);
}
