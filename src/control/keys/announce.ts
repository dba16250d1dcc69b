import type { Tx } from '../../platform/db/sql.ts';
import type { Scope } from '../../platform/scope.ts';
import { type AlertEnd, type NewAlert, raiseAlerts, resolveAlerts } from '../alert-intake/index.ts';
import type { KeyRegistration } from './key.ts';

/** What can be told of a registration; the words of KEY_CHANGED. */
export type KeyChange =
  | 'REGISTERED'
  | 'STARTED'
  | 'ROTATED'
  | 'DELIVERED'
  | 'CLAIMED'
  | 'UPDATED'
  | 'RETIRED'
  | 'REVOKED'
  | 'FAILED'
  | 'DUE';

export interface Told {
  readonly registration: KeyRegistration;
  readonly change: KeyChange;
  readonly reason?: string | null;
}

/** Appends what happened to keys to the tenant's event log. */
export async function tellEvents(scope: Scope, tx: Tx, told: readonly Told[]): Promise<void> {
  if (told.length === 0) return;
  await scope.events.append(
    tx,
    scope.tenantId,
    told.map(({ registration: r, change, reason = null }) => ({
      type: 'KEY_CHANGED' as const,
      payload: {
        ...{ registrationId: r.id, name: r.name, change, securityLevel: r.securityLevel },
        ...{ nextRotationAt: r.nextRotationAt.toISOString(), reason },
      },
    })),
  );
}

const COMPONENT = 'keys';
type Kind = 'KEY_ROTATION_FAILED' | 'KEY_COMPROMISED' | 'KEY_DUE';

const identity = (type: Kind, { id, name }: Pick<KeyRegistration, 'id' | 'name'>) => ({
  ...{ type, component: COMPONENT, labels: { registrationId: id, name } },
  dedupeKey: `${type}:${id}`,
});

/** The rotation came to nothing; `isWorking` when the value before is still in force. */
export const failedAlert = (r: KeyRegistration, reason: string, isWorking: boolean): NewAlert => ({
  ...identity('KEY_ROTATION_FAILED', r),
  level: 'error',
  title: `Rotation of "${r.name}" failed`,
  message: `The rotation of the key "${r.name}" failed (${reason}). ${
    isWorking
      ? 'The key before it is still in force; rotate it again.'
      : 'No value of it is in force: rotate it now.'
  }`,
});

export const compromisedAlert = (r: KeyRegistration): NewAlert => ({
  ...identity('KEY_COMPROMISED', r),
  level: 'critical',
  title: `"${r.name}" is compromised`,
  message: `The key "${r.name}" was reported as compromised: every earlier value of it is revoked. Look for its misuse.`,
});

/** Levels of a key that is due: spec 0.8, but nobody is called at night because a date has come. */
const DUE_LEVEL = { CRITICAL: 'error', HIGH: 'warning', MEDIUM: 'warning', LOW: 'info' } as const;

export const dueAlert = (r: KeyRegistration, why: string): NewAlert => ({
  ...identity('KEY_DUE', r),
  level: DUE_LEVEL[r.securityLevel],
  title: `"${r.name}" is due for rotation`,
  message: `The key "${r.name}" was due for rotation at ${r.nextRotationAt.toISOString()}: ${why}`,
});

/** What is over once a new value is in force, or the key is no more. */
const settled = (r: KeyRegistration): AlertEnd[] => [
  identity('KEY_DUE', r),
  identity('KEY_ROTATION_FAILED', r),
];

/** Raises alerts; call it last, it locks the tenant's place on the router's list. */
export const tellAlerts = (scope: Scope, tx: Tx, alerts: readonly NewAlert[]): Promise<void> =>
  raiseAlerts(scope, tx, alerts);

/** Ends the alerts about a key that has been put right. */
export const settleAlerts = (
  scope: Scope,
  tx: Tx,
  registrations: readonly KeyRegistration[],
): Promise<void> => resolveAlerts(scope, tx, registrations.flatMap(settled));
