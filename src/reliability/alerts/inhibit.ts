import type { Alert } from './alert.ts';

/** A firing critical alert mutes what is less than an error of the same component (spec n.1). Pure. */
export function isInhibited(
  alert: Pick<Alert, 'level' | 'component'>,
  hasFiringCritical: (component: string) => boolean,
): boolean {
  return (alert.level === 'warning' || alert.level === 'info') && hasFiringCritical(alert.component);
}
