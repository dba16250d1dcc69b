import { setTimeout as sleep } from 'node:timers/promises';
import { hasOpenEffects, runEffects } from '../../control/effects/index.ts';
import type { Sql } from '../../platform/db/sql.ts';
import type { Scope } from '../../platform/scope.ts';
// Loaded for what it declares: how messages are carried out.
import './handlers.ts';
import { REPORT, SEND } from './kinds.ts';

const KINDS = [SEND, REPORT];
/** A visit waits no longer than this for slow partners; they go on beside the next one. */
const PATIENCE_MS = 1_500;

const underWay = new Set<Promise<unknown>>();

/**
 * Carries out the messages that are due, each channel's one after the other and channels side by side. A server that
 * hangs holds up nobody: after a moment this returns while it goes on, and the next call takes what has come since.
 * Returns how many attempts had been made.
 */
export async function runSends(
  scope: Scope,
  { patienceMs = PATIENCE_MS }: { patienceMs?: number } = {},
): Promise<number> {
  let timer: NodeJS.Timeout | undefined;
  const run = runEffects(scope, { kinds: KINDS });
  track(run, scope);
  const patience = new Promise<number>((resolve) => {
    timer = setTimeout(() => resolve(0), patienceMs);
  });
  try {
    return await Promise.race([run, patience]);
  } finally {
    clearTimeout(timer);
  }
}

function track(run: Promise<number>, scope: Scope): void {
  const ended = run.then(
    () => {},
    (error) => scope.log.warn({ err: error }, 'sends'),
  );
  underWay.add(ended);
  void ended.then(() => underWay.delete(ended));
}

/**
 * Waits for messages that are just being sent, before the database is closed, at most `graceMs`; what takes longer is
 * sent again by whoever comes next.
 */
export async function drainSends(graceMs: number): Promise<void> {
  const over = new AbortController();
  const grace = sleep(graceMs, undefined, { signal: over.signal }).catch(() => {});
  await Promise.race([Promise.all(underWay), grace]);
  over.abort();
}

/** Whether a message is still to be sent. */
export const hasOpenSends = (sql: Sql, tenantId: string): Promise<boolean> =>
  hasOpenEffects(sql, tenantId, KINDS);
