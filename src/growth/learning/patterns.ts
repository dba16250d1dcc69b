/** What was learned about one pattern (spec d.2). */
export interface PatternWeight {
  /** `actionType|target|channel`. */
  readonly key: string;
  /** 0..1. */
  readonly weight: number;
  /** Outcomes it rests on. */
  readonly n: number;
  readonly lastAt: Date;
}

/** A scored outcome as the learner reads it. */
export interface Lesson {
  readonly actionId: string;
  readonly kind: string;
  readonly patternKey: string;
  /** 0..1. */
  readonly score: number;
  readonly occurredAt: Date;
}

/** EXPLORE gives patterns that were tried less a bonus; GREEDY takes the weight as it is. */
export const SELECTION_MODES = ['EXPLORE', 'GREEDY'] as const;
export type SelectionMode = (typeof SELECTION_MODES)[number];

export const ALPHA = 0.1;
export const START_WEIGHT = 0.5;
const HIGH_WEIGHT = 0.8;
const HIGH_N = 9;

/** One step of the moving average; half of it is forgotten after 6.6 outcomes. Spec d.2. */
export const nextWeight = (weight: number, score: number): number => (1 - ALPHA) * weight + ALPHA * score;

/** The weights that lessons change, taken in the order in which they happened; ties by id. Without a weight: 0.5. */
export function learnPatterns(
  known: ReadonlyMap<string, PatternWeight>,
  lessons: readonly Lesson[],
): PatternWeight[] {
  const changed = new Map<string, PatternWeight>();
  const id = (lesson: Lesson): string => `${lesson.actionId}|${lesson.kind}`;
  const inOrder = [...lessons].sort(
    (a, b) => a.occurredAt.getTime() - b.occurredAt.getTime() || (id(a) < id(b) ? -1 : 1),
  );
  for (const { patternKey: key, score, occurredAt } of inOrder) {
    const before = changed.get(key) ?? known.get(key);
    const isNewest = !before || occurredAt > before.lastAt;
    changed.set(key, {
      key,
      weight: nextWeight(before?.weight ?? START_WEIGHT, score),
      n: (before?.n ?? 0) + 1,
      lastAt: isNewest ? occurredAt : before.lastAt,
    });
  }
  return [...changed.values()];
}

/** What a pattern is chosen by: its weight and, exploring, 0.5·√(ln(1+N)/(1+n)) with N outcomes in all. Spec d.2. */
export function selectionScore(
  pattern: Pick<PatternWeight, 'weight' | 'n'>,
  total: number,
  mode: SelectionMode = 'EXPLORE',
): number {
  const bonus = mode === 'GREEDY' ? 0 : 0.5 * Math.sqrt(Math.log(1 + total) / (1 + pattern.n));
  return pattern.weight + bonus;
}

/** Whether a pattern does well and has been tried enough: weight > 0.8, n ≥ 9. Spec d.2. */
export const isHighScore = ({ weight, n }: Pick<PatternWeight, 'weight' | 'n'>): boolean =>
  weight > HIGH_WEIGHT && n >= HIGH_N;
