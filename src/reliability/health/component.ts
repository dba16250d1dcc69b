export const HEALTH_STATUSES = ['HEALTHY', 'DEGRADED', 'UNHEALTHY', 'UNKNOWN'] as const;
export type HealthStatus = (typeof HEALTH_STATUSES)[number];

/** How one part of the product was (spec j.1). */
export interface ComponentHealth {
  /** `database`, `redis`, `jobs`, `alerting`, `self`, `payments`, or `channel:<name>`. */
  readonly name: string;
  readonly status: HealthStatus;
  /** Whether the product cannot do without it. */
  readonly isRequired: boolean;
  readonly responseMs: number;
  readonly message: string | null;
}

/** How all parts were at an instant. */
export interface HealthReport {
  readonly id: string;
  readonly at: Date;
  readonly status: HealthStatus;
  readonly durationMs: number;
  readonly components: readonly ComponentHealth[];
}

/** An answer that takes longer is DEGRADED (spec j.1), ms. */
export const SLOW_MS = 500;

/** What a check answers when it reaches its part; it throws when it does not. */
export interface CheckAnswer {
  /** Default HEALTHY. */
  readonly status?: HealthStatus;
  readonly message?: string | null;
}

/** A part and how it is looked at. */
export interface HealthCheck {
  readonly name: string;
  readonly isRequired: boolean;
  run(): Promise<CheckAnswer>;
}

/** Runs one check within `timeoutMs`; what it threw is logged by its own part, people get one word. */
export async function runCheck(check: HealthCheck, timeoutMs: number): Promise<ComponentHealth> {
  const { name, isRequired } = check;
  const started = performance.now();
  const done = (status: HealthStatus, message: string | null): ComponentHealth => {
    const responseMs = Math.round((performance.now() - started) * 10) / 10;
    const isSlow = status === 'HEALTHY' && responseMs >= SLOW_MS;
    return isSlow
      ? { name, isRequired, responseMs, status: 'DEGRADED', message: message ?? `Slower than ${SLOW_MS} ms` }
      : { name, isRequired, responseMs, status, message };
  };
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<ComponentHealth>((resolve) => {
    timer = setTimeout(() => resolve(done('UNHEALTHY', 'Timeout')), timeoutMs);
  });
  // Async, so that a check that throws at once is one that failed.
  const answer = (async () => check.run())().then(
    ({ status = 'HEALTHY', message = null }) => done(status, message),
    () => done('UNHEALTHY', 'Error'),
  );
  try {
    return await Promise.race([answer, late]);
  } finally {
    clearTimeout(timer);
  }
}

const RANK: Record<HealthStatus, number> = { HEALTHY: 0, UNKNOWN: 0, DEGRADED: 1, UNHEALTHY: 2 };

/** The worst of the required parts; DEGRADED at least while an optional one is down (spec j.1). Pure. */
export function overallOf(components: readonly ComponentHealth[]): HealthStatus {
  const required = components.filter(({ isRequired }) => isRequired);
  const worst = required.reduce<HealthStatus>(
    (status, part) => (RANK[part.status] > RANK[status] ? part.status : status),
    'HEALTHY',
  );
  const isOptionalDown = components.some(({ isRequired, status }) => !isRequired && status === 'UNHEALTHY');
  return worst === 'HEALTHY' && isOptionalDown ? 'DEGRADED' : worst;
}
