import { writeAudit } from '../../control/audit/index.ts';
import { ValidationError } from '../../kernel/errors.ts';
import { addMs, MINUTE_MS } from '../../kernel/time.ts';
import type { Scope } from '../../platform/scope.ts';
import type { Severity, WeatherInput, WeatherReport } from './sky.ts';
import { loadHubs } from './store.ts';
import { putWeather, weatherOf } from './store-sky.ts';

const MAX_WIND_KMH = 500;
/** Two clocks may differ this much. */
const SKEW_MS = 5 * MINUTE_MS;

/**
 * Takes an observation of a region's weather; audited. One that is older than what is known changes nothing: the
 * answer is what is known. ValidationError for a region without a hub, a severity outside 0–4, an impossible wind or
 * an observation of the future.
 */
export async function reportWeather(scope: Scope, input: WeatherInput): Promise<WeatherReport> {
  const report = checkWeather(input, scope.now);
  return scope.db.tx(async (tx) => {
    const regions = (await loadHubs(tx, scope.tenantId)).map((hub) => hub.region);
    if (!regions.includes(report.region)) {
      throw new ValidationError('region', `No hub serves the region "${report.region}".`);
    }
    const before = (await weatherOf(tx, scope.tenantId, report.region)) ?? null;
    const after = await putWeather(tx, scope.tenantId, report);
    await writeAudit(scope, tx, {
      action: 'weather.report',
      subject: report.region,
      before: before && { ...before },
      after: { ...after },
    });
    return after;
  });
}

/** Refuses what nobody can have observed, naming the field. Pure. */
export function checkWeather(input: WeatherInput, now: Date): WeatherReport {
  const { region, severity, windKmh } = input;
  if (!(Number.isInteger(severity) && severity >= 0 && severity <= 4)) {
    const text = `Severity ${severity} must be 0 clear, 1 cloudy, 2 rain, 3 wind or 4 storm.`;
    throw new ValidationError('severity', text);
  }
  if (!(windKmh >= 0 && windKmh <= MAX_WIND_KMH)) {
    throw new ValidationError('windKmh', `A wind of ${windKmh} km/h must be from 0 to ${MAX_WIND_KMH}.`);
  }
  const source = input.source.trim();
  if (source.length < 1 || source.length > 200) {
    throw new ValidationError('source', 'A source has 1 to 200 characters.');
  }
  const observedAt = input.observedAt ?? now;
  if (observedAt > addMs(now, SKEW_MS)) {
    throw new ValidationError('observedAt', `${observedAt.toISOString()} lies in the future.`);
  }
  return { region, severity: severity as Severity, windKmh, source, observedAt };
}
