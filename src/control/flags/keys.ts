/** Holds offers and dispatches of rare packages while it is off. */
export const DRONE_FLAG = 'FLAG_DRONE_DELIVERY_ENABLED';
/** Freezes every automatic change while it is on (spec j.5). */
export const STABILISE_FLAG = 'STABILIZE_MODE';

/** What the migration seeds, all off: known to the program too, for a start without its database. */
export const SYSTEM_FLAGS = [
  'AUTOSCALE_ENABLED',
  'INCIDENT_AUTORECOVER',
  'PRICING_AUTO_APPLY',
  STABILISE_FLAG,
  DRONE_FLAG,
] as const;

/** What a person can do about a reason of the gate: one sentence that names the flag and the mutation. */
export function wayPast(reason: string | null): string {
  if (reason === 'STABILIZE_MODE') return `Switch ${STABILISE_FLAG} off with setStabiliseMode first.`;
  if (reason?.startsWith('FLAG_OFF:')) return `Set the flag ${reason.slice(9)} to true with setFlag first.`;
  return 'Change the engine settings or wait.';
}
