import { type Matchable, type Matcher, matches } from './match.ts';

/** Nobody is told of matching alerts in [startsAt, endsAt). */
export interface Silence {
  readonly id: string;
  readonly matchers: readonly Matcher[];
  readonly comment: string;
  readonly startsAt: Date;
  readonly endsAt: Date;
  readonly createdAt: Date;
  readonly createdBy: string;
}

/** The columns of `Silence`; `s` is the table. */
export const SILENCE_COLUMNS = `s.id, s.matchers, s.comment, s.starts_at AS "startsAt", s.ends_at AS "endsAt",
  s.created_at AS "createdAt", s.created_by AS "createdBy"`;

/** Until when an alert is silenced: the latest end of the silences in force that match it; null when none does. Pure. */
export function silencedUntil(silences: readonly Silence[], alert: Matchable, now: Date): Date | null {
  let until: Date | null = null;
  for (const { matchers, startsAt, endsAt } of silences) {
    const isInForce = startsAt <= now && now < endsAt;
    if (isInForce && (until === null || endsAt > until) && matches(matchers, alert)) until = endsAt;
  }
  return until;
}
