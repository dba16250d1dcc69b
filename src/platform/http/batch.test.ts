import { PassThrough } from 'node:stream';
import { expect, test } from 'vitest';
// @ts-expect-error @types/ws does not declare it
import { Receiver } from 'ws';
import { Batch, httpChunk, messageHead } from './batch.ts';

/** What ws itself reads from the bytes. */
async function received(bytes: Buffer): Promise<unknown[]> {
  const receiver = new (Receiver as new (options: object) => NodeJS.WritableStream)({
    isServer: false,
  });
  const messages: unknown[] = [];
  receiver.on('message', (data: Buffer) => messages.push(JSON.parse(String(data))));
  const source = new PassThrough();
  source.pipe(receiver);
  source.end(bytes);
  await new Promise((resolve) => setTimeout(resolve, 20));
  return messages;
}

test.each([10, 200, 70_000])('frames of %i characters and more are read by ws', async (size) => {
  const texts = ['é'.repeat(size), 'short'];
  const items = texts.map((text, i) => ({ seq: BigInt(i + 1), json: JSON.stringify({ data: text }) }));
  const id = 'a"b';
  const messages = await received(new Batch(items).ws(id, messageHead(id)));
  expect(messages).toEqual(texts.map((text) => ({ id, type: 'next', payload: { data: text } })));
  const rest = new Batch(items).after(1n);
  expect(await received(rest.ws(id, messageHead(id)))).toEqual([
    { id, type: 'next', payload: { data: 'short' } },
  ]);
});

test('equal ids share a buffer, SSE subscribers share one chunk', () => {
  const batch = new Batch([{ seq: 7n, json: '{"data":1}' }]);
  expect(batch.ws('1', messageHead('1'))).toBe(batch.ws('1', messageHead('1')));
  expect(batch.sse()).toBe(batch.sse());
  expect(batch.sse().toString()).toBe('1e\r\nevent: next\ndata: {"data":1}\n\n\r\n');
  expect(httpChunk(':\n\n').toString()).toBe('3\r\n:\n\n\r\n');
});
