import type { Tx } from '../../platform/db/sql.ts';
import type { Scope } from '../../platform/scope.ts';
import { raiseAlerts, resolveAlerts } from '../alert-intake/index.ts';
import type { Effect, EffectFailure } from './effect.ts';

/** Kinds whose failure costs money and that nobody else reports. One alert a kind, however many of it fail. */
const isWatched = (kind: string): boolean => kind.startsWith('payment.');

const identityOf = (kind: string) => ({ type: 'EFFECT_DEAD', component: 'effects', labels: { kind } });

/** Tells operators that an effect has ended without a result; last in the transaction of its end. */
export async function tellOfFailure(
  scope: Scope,
  tx: Tx,
  { id, kind }: Effect,
  { status, reason }: EffectFailure,
): Promise<void> {
  if (!isWatched(kind)) return;
  const message = `${kind} ended ${status}: ${reason}; see effect ${id}.`;
  await raiseAlerts(scope, tx, [{ ...identityOf(kind), level: 'warning', message }]);
}

/** The kind works again. */
export async function tellOfSuccess(scope: Scope, tx: Tx, { kind }: Effect): Promise<void> {
  if (isWatched(kind)) await resolveAlerts(scope, tx, [identityOf(kind)]);
}
