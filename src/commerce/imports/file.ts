import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { open, stat } from 'node:fs/promises';
import { pipeline } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { ValidationError } from '../../kernel/errors.ts';

const CHUNK = 1 << 18;

/** Size, hash and whether it is gzip, by content and not by name. Throws ValidationError when it cannot be read. */
export async function inspectFile(path: string): Promise<{ bytes: number; sha256: string; isGzip: boolean }> {
  try {
    const { size } = await stat(path);
    const file = await open(path);
    const magic = Buffer.alloc(2);
    await file.read(magic, 0, 2, 0);
    await file.close();
    const hash = createHash('sha256');
    for await (const chunk of createReadStream(path, { highWaterMark: 1 << 20 })) hash.update(chunk);
    return { bytes: size, sha256: hash.digest('hex'), isGzip: magic.readUInt16BE() === 0x1f8b };
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === undefined || !code.startsWith('E')) throw error;
    throw new ValidationError('file', `Cannot read "${path}" (${message}); name a readable file.`);
  }
}

/** The (unzipped) bytes; `onBytes` hears how many of the file were read. A truncated gzip throws at its end. */
export function openBytes(
  path: string,
  isGzip: boolean,
  signal: AbortSignal | undefined,
  onBytes: (total: number) => void,
): AsyncIterable<Buffer> {
  const file = createReadStream(path, { highWaterMark: CHUNK });
  file.on('data', () => onBytes(file.bytesRead));
  signal?.addEventListener('abort', () => file.destroy(signal.reason), { once: true });
  if (!isGzip) return file;
  const unzipped = createGunzip({ chunkSize: CHUNK });
  // Errors of the file reach whoever reads the unzipped stream.
  pipeline(file, unzipped, () => {});
  return unzipped;
}
