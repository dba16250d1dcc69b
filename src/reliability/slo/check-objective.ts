import { ValidationError } from '../../kernel/errors.ts';
import { checkText, isStorable } from '../../kernel/text.ts';
import type { Objective } from './objective.ts';

const isShort = (name: string, value: unknown): boolean =>
  typeof value === 'string' && `${name}${value}`.length <= 300 && isStorable(`${name}|${value}`);

/** Labels as an objective keeps them. ValidationError for anything but a few short texts. */
export function textLabels(labels: Record<string, unknown> | null): Record<string, string> | null {
  if (labels === null) return null;
  const entries = Object.entries(labels);
  if (entries.length > 20 || entries.some(([name, value]) => !isShort(name, value))) {
    throw new ValidationError(
      'labels',
      'labels is an object of at most 20 short texts, e.g. {"region": "EU"}.',
    );
  }
  return Object.fromEntries(entries as [string, string][]);
}

/** Refuses an objective that nothing could be judged by: ValidationError. */
export function checkObjective({ name, metric, source, threshold, target }: Objective): void {
  checkText(name, 'name', 100, 1);
  if (!(target >= 0.5 && target <= 0.99999)) {
    throw new ValidationError('target', 'target is the share of events that must be good, 0.5 to 0.99999.');
  }
  if (source !== 'METRIC') return;
  if (metric === null || metric.length < 1 || metric.length > 200 || !isStorable(metric)) {
    throw new ValidationError('metric', 'metric names an ingested metric, 1 to 200 characters.');
  }
  if (threshold === null || !Number.isFinite(threshold)) {
    throw new ValidationError('threshold', 'threshold is the value that parts good samples from bad ones.');
  }
}
