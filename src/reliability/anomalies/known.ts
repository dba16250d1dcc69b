import type { TenantCache } from '../../platform/cache/tenant-cache.ts';
import type { Scope } from '../../platform/scope.ts';
import type { Detector } from './detect/index.ts';
import type { Series } from './series.ts';

/** At most 64 MiB of detectors per process, as each has 16 KiB at most. */
const SIZE = 4_096;
/** Ids of series that are known to be there; a few MiB. */
const IDS = 50_000;

interface Entry {
  readonly mark: string;
  readonly detector: Detector;
}

/**
 * Detectors of hot series as objects, so that a batch needs neither to read nor to restore them. An entry counts only
 * while the series' row says that nobody else has moved on; whoever works with one takes it out, because a transaction
 * that fails leaves it in a state that never was.
 */
export class KnownDetectors {
  private readonly entries = new Map<string, Entry>();
  private readonly ids = new Set<string>();

  /** The detector for good; the caller puts it back when its transaction has committed. */
  take(tenantId: string, series: Series): Detector | undefined {
    const key = `${tenantId}${series.id}`;
    const entry = this.entries.get(key);
    if (!entry) return undefined;
    this.entries.delete(key);
    return entry.mark === markOf(series) ? entry.detector : undefined;
  }

  /** The detector to be asked, never to be changed. */
  peek(tenantId: string, series: Series): Detector | undefined {
    const entry = this.entries.get(`${tenantId}${series.id}`);
    return entry?.mark === markOf(series) ? entry.detector : undefined;
  }

  put(tenantId: string, series: Series, detector: Detector): void {
    const key = `${tenantId}${series.id}`;
    this.entries.delete(key);
    this.entries.set(key, { mark: markOf(series), detector });
    if (this.entries.size > SIZE) this.entries.delete(this.entries.keys().next().value as string);
  }

  /** Whether the series was there when last seen: no reason to try to create it. */
  has(tenantId: string, id: string): boolean {
    return this.ids.has(`${tenantId}${id}`);
  }

  remember(tenantId: string, id: string): void {
    if (this.ids.size >= IDS) this.ids.clear();
    this.ids.add(`${tenantId}${id}`);
  }

  forget(tenantId: string, id: string): void {
    this.ids.delete(`${tenantId}${id}`);
    this.entries.delete(`${tenantId}${id}`);
  }

  get size(): number {
    return this.entries.size;
  }
}

/** Every write of a state changes one of these. */
const markOf = ({ version, samples, trainedSamples, createdAt }: Series): string =>
  `${version} ${samples} ${trainedSamples} ${createdAt}`;

/** One per process that serves: whatever else shares the program's cache shares its detectors. */
const known = new WeakMap<TenantCache, KnownDetectors>();

/** The process's detectors. */
export function knownDetectors(scope: Scope): KnownDetectors {
  let found = known.get(scope.cache);
  if (!found) {
    found = new KnownDetectors();
    known.set(scope.cache, found);
  }
  return found;
}
