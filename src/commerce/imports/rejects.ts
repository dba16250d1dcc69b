import { type FileHandle, open } from 'node:fs/promises';
import type { Reject } from './types.ts';

/** Refused lines as ndjson. Its committed length is kept on the run, so that resuming neither repeats nor loses one. */
export interface RejectsFile {
  /** Returns the length of the file with these. */
  append(rejects: readonly Reject[]): Promise<number>;
  close(): Promise<void>;
}

/** Cuts the file to its committed length; creates it with the first reject. Keeps nothing without a path. */
export async function openRejects(path: string | undefined, committedBytes: number): Promise<RejectsFile> {
  let bytes = committedBytes;
  let file: FileHandle | null = null;
  if (path !== undefined) bytes = await cut(path, committedBytes);
  return {
    async append(rejects) {
      if (rejects.length === 0) return bytes;
      const text = Buffer.from(rejects.map((reject) => `${JSON.stringify(reject)}\n`).join(''));
      if (path !== undefined) {
        file ??= await open(path, 'a');
        await file.write(text);
      }
      bytes += text.length;
      return bytes;
    },
    close: async () => file?.close(),
  };
}

async function cut(path: string, bytes: number): Promise<number> {
  const file = await open(path, 'r+').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return null;
    throw error;
  });
  if (!file) return 0;
  const { size } = await file.stat();
  await file.truncate(Math.min(size, bytes));
  await file.close();
  return Math.min(size, bytes);
}
