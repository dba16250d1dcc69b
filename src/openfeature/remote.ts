import { setTimeout as sleep } from 'node:timers/promises';
import { CompiledFlags } from '../control/flags/evaluate.ts';
import type { FlagContext, FlagFacts } from '../control/flags/flag.ts';
import { readResults } from './sse.ts';

/** Where the flags are and who asks. */
export interface RemoteOptions {
  /** The GraphQL endpoint, e.g. `https://engine.example.com/graphql`. */
  readonly url: string;
  /** A key with the scope VIEWER. */
  readonly apiKey: string;
  /** Slug of the tenant; only for the platform's admin token. */
  readonly tenant?: string;
  /** First and longest pause between attempts to connect again, in ms; default 250 and 15,000. */
  readonly reconnectMs?: readonly [first: number, longest: number];
  /** Without a sign of life for so long the connection counts as lost, in ms; default 30,000 (the server pings every 12 s). */
  readonly silenceMs?: number;
}

/** What happens to the flags of a tenant that are followed from afar. */
export interface RemoteListener {
  /** They were read: for the first time, or again after a loss, or because something changed. */
  onFlags(flags: CompiledFlags, changed: readonly string[]): void;
  /** From now on they are what was last known. */
  onLost(error: Error): void;
}

interface Snapshot {
  readonly etag: string;
  readonly unit: FlagContext;
  readonly flags: readonly FlagFacts[];
}

const SNAPSHOT = 'query FlagSnapshot { flagSnapshot { etag unit flags } }';
const CHANGES = 'subscription FlagChanges { flagChanges { key } }';
const ASK_MS = 10_000;

/**
 * Follows a tenant's flags: first the stream of changes is opened, then everything is read, so that no change falls in
 * between; every change and every new connection reads everything again, so that nothing has to be resumed. Connects
 * again with growing pauses until stopped.
 */
export function followFlags(options: RemoteOptions, listener: RemoteListener): { stop(): void } {
  const [firstPause, longestPause] = options.reconnectMs ?? [250, 15_000];
  const stopping = new AbortController();
  let known: Snapshot | undefined;

  const load = async (): Promise<void> => {
    const response = await send(
      options,
      SNAPSHOT,
      'application/json',
      AbortSignal.any([stopping.signal, AbortSignal.timeout(ASK_MS)]),
    );
    const { data, errors } = (await response.json()) as {
      data?: { flagSnapshot: Snapshot };
      errors?: { message: string }[];
    };
    if (!data) throw new Error(errors?.[0]?.message ?? `The server answered ${response.status}.`);
    const { flagSnapshot } = data;
    if (stopping.signal.aborted) return;
    const changed = known ? changedKeys(known, flagSnapshot) : [];
    known = flagSnapshot;
    listener.onFlags(new CompiledFlags(flagSnapshot.flags, flagSnapshot.unit), changed);
  };

  const follow = async (onOpen: () => void): Promise<void> => {
    const silence = new AbortController();
    const signal = AbortSignal.any([stopping.signal, silence.signal]);
    let timer: ReturnType<typeof setTimeout> | undefined;
    const alive = () => {
      clearTimeout(timer);
      timer = setTimeout(
        () => silence.abort(new Error('The server fell silent.')),
        options.silenceMs ?? 30_000,
      );
      timer.unref();
    };
    try {
      alive();
      const response = await send(options, CHANGES, 'text/event-stream', signal);
      if (
        !response.ok ||
        !response.body ||
        !response.headers.get('content-type')?.startsWith('text/event-stream')
      ) {
        throw new Error(`The server answered ${response.status}: ${(await response.text()).slice(0, 200)}`);
      }
      await load();
      onOpen();
      for await (const { errors } of readResults(response.body as AsyncIterable<Uint8Array>, alive)) {
        if (errors?.[0]) throw new Error(errors[0].message);
        await load();
      }
      throw new Error('The server ended the stream.');
    } finally {
      clearTimeout(timer);
      silence.abort();
    }
  };

  const run = async (): Promise<void> => {
    let pause = firstPause;
    while (!stopping.signal.aborted) {
      await follow(() => {
        pause = firstPause;
      }).catch((error: Error) => {
        if (!stopping.signal.aborted) listener.onLost(error);
      });
      // Spread, so that a thousand processes do not come back in the same instant.
      await rest(pause * (0.5 + Math.random()), stopping.signal);
      pause = Math.min(longestPause, pause * 2);
    }
  };
  void run();
  return { stop: () => stopping.abort(new Error('The provider was closed.')) };
}

function send(
  { url, apiKey, tenant }: RemoteOptions,
  query: string,
  accept: string,
  signal: AbortSignal,
): Promise<Response> {
  return fetch(url, {
    method: 'POST',
    headers: {
      ...{ accept, 'content-type': 'application/json', authorization: `Bearer ${apiKey}` },
      ...(tenant !== undefined && { 'x-tenant': tenant }),
    },
    body: JSON.stringify({ query }),
    signal,
  });
}

/** The keys whose answers may have become others. */
function changedKeys(before: Snapshot, after: Snapshot): string[] {
  if (before.etag === after.etag) return [];
  const texts = new Map(before.flags.map((flag) => [flag.key, JSON.stringify(flag)]));
  const changed = after.flags
    .filter((flag) => texts.get(flag.key) !== JSON.stringify(flag))
    .map(({ key }) => key);
  const left = new Set(after.flags.map(({ key }) => key));
  return [...changed, ...[...texts.keys()].filter((key) => !left.has(key))];
}

/** Waits, or ends early when the provider is closed; leaves nothing behind on a signal that lives for years. */
const rest = (ms: number, signal: AbortSignal): Promise<void> =>
  sleep(ms, undefined, { signal, ref: false }).catch(() => {});
