import { SEED_METHOD } from './detect/index.ts';
import type { Finding } from './incident.ts';
import { nameOf } from './series.ts';

const SAYS: Record<string, string> = {
  SPIKE: 'is unusually high',
  DROP: 'is unusually low',
  LEVEL_SHIFT: 'has moved to another level',
  FLAT_LINE: 'has stopped moving',
  UNUSUAL_VALUE: 'has a value it never had',
  RISE: 'is rising unusually',
  FALL: 'is falling unusually',
  UNUSUAL_PATTERN: 'moves unusually',
  UNUSUAL_HOUR: 'is unusual for this hour of the week',
  SILENCE: 'has fallen silent',
};

/** How a finding's detector calls its method; the document's own word for its own rule. */
export const methodOf = (detector: string): string => (detector === 'SEED' ? SEED_METHOD : 'streaming');

/** Four digits say enough, whatever the magnitude. */
export const figure = (value: number): string => String(Number(value.toPrecision(4)));

/** What an operator reads first, e.g. `latency_ms{route=/pay} is unusually high`. */
export function titleOf({ series, kind, reason }: Finding): string {
  return `${nameOf(series)} ${SAYS[kind === 'ANOMALY' ? reason : kind] ?? 'is unusual'}`.slice(0, 300);
}

/** What an operator reads next: what was observed, when, and what would have surprised nobody. */
export function messageOf(finding: Finding): string {
  const { series, kind, at, value, expected, baseline, score } = finding;
  const when = new Date(at).toISOString();
  if (kind === 'SILENCE') return `${nameOf(series)} has sent nothing since ${when}.`;
  const hour = baseline === 'HOUR_OF_WEEK' ? ' at this hour of the week' : '';
  const expectation = expected === null ? '' : `; about ${figure(expected)} was expected${hour}`;
  const why = `score ${score.toFixed(2)} by ${methodOf(series.detector)}`;
  return `${nameOf(series)} was ${figure(value ?? 0)} at ${when}${expectation} (${why}).`;
}
