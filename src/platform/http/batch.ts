/** One event's answer, serialised once for everyone in the room. */
export interface Rendered {
  seq: bigint;
  json: string;
}

/** graphql-ws ids are the client's choice; usually all differ or all are "1". */
const MAX_CACHED_IDS = 16;

/** Answers that go out together: per subscriber one write, whatever their number; equal writes share a buffer. */
export class Batch {
  readonly items: readonly Rendered[];
  private tails: Buffer[] | undefined;
  private chunk: Buffer | undefined;
  private readonly frames = new Map<string, Buffer>();
  private readonly mostFrames: number;

  constructor(items: readonly Rendered[], mostFrames = MAX_CACHED_IDS) {
    this.items = items;
    this.mostFrames = mostFrames;
  }

  get first(): bigint {
    return (this.items[0] as Rendered).seq;
  }

  /** What a subscriber who already has `seq` still needs. */
  after(seq: bigint): Batch {
    return new Batch(this.items.filter((item) => item.seq > seq));
  }

  /** `next` messages of graphql-transport-ws as WebSocket frames; `head` is `messageHead(id)`. */
  ws(id: string, head: Buffer): Buffer {
    const cached = this.frames.get(id);
    if (cached) return cached;
    this.tails ??= this.items.map(({ json }) => Buffer.from(`,"type":"next","payload":${json}}`));
    const [only] = this.tails;
    const frame =
      only && this.tails.length === 1
        ? textFrame(head, only)
        : Buffer.concat(this.tails.map((tail) => textFrame(head, tail)));
    if (this.frames.size < this.mostFrames) this.frames.set(id, frame);
    return frame;
  }

  /** `next` events of graphql-sse as one chunk of a chunked response. */
  sse(): Buffer {
    this.chunk ??= httpChunk(this.items.map(({ json }) => `event: next\ndata: ${json}\n\n`).join(''));
    return this.chunk;
  }
}

/** How every message of a subscription begins. */
export const messageHead = (id: string): Buffer => Buffer.from(`{"id":${JSON.stringify(id)}`);

/**
 * A final, unmasked WebSocket text frame (RFC 6455, 5.2) in one buffer. The library's own frame() gives header and
 * payload apart, which is a copy more for each subscriber.
 */
function textFrame(head: Buffer, tail: Buffer): Buffer {
  const length = head.length + tail.length;
  const start = length < 126 ? 2 : length < 65_536 ? 4 : 10;
  const frame = Buffer.allocUnsafe(start + length);
  frame[0] = 0x81;
  if (start === 2) {
    frame[1] = length;
  } else if (start === 4) {
    frame[1] = 126;
    frame.writeUInt16BE(length, 2);
  } else {
    frame[1] = 127;
    frame.writeBigUInt64BE(BigInt(length), 2);
  }
  head.copy(frame, start);
  tail.copy(frame, start + head.length);
  return frame;
}

/** A chunk of HTTP's chunked transfer coding. */
export function httpChunk(text: string): Buffer {
  const body = Buffer.from(text);
  return Buffer.concat([Buffer.from(`${body.length.toString(16)}\r\n`), body, Buffer.from('\r\n')]);
}
