import { CODEBOOK_SIZE, novelty, remember, sideOf } from './codebook.ts';
import { becameFlat, FLAT_SIZE } from './flat.ts';
import { LEVEL_SIZE, shifted } from './level.ts';
import { hasteOf, memoryOf, movementFloor, PACE_SIZE, shapeDamping, valueFloor } from './pace.ts';
import { blockMean, blockSpread, closeBlock, fill, PATTERN_SIZE, shapeDistance } from './pattern.ts';
import { learn, SURPRISE_SIZE, surprise } from './surprise.ts';
import type { Detection, Reason } from './types.ts';
import { lookAtWeek, type WeekFindings } from './week.ts';
import { WEEK_SIZE } from './week-cells.ts';

const READY = 100;
const FAST = 16;
const SLOW = 128;
const ERROR_MEMORY = 500;
/** Shapes are judged once per 24 samples, so the same number of deviations is rarer. */
const PATTERN_WEIGHT = 1.5;
/** Deviations above the usual novelty at which an alert is raised: a score of 0.5; twice as many: 0.75. */
const ALARM = 5;
/** After an alert only what is stranger by half raises another; that bar sinks by 1/e in 100 samples. */
const REPEAT = 1.5;
const SINK = Math.exp(-1 / 100);
/** What stays below that bar is reported at a tenth of its strength, and never as an alert. */
const SUPPRESS = 10;
/** A value this strange is not remembered the first times, or a second outage would be nothing new. */
const HOLD_AT = 20;
const HOLD = 12;
const MOST = 1000;
/** Below this share of an alarm the hour of the week says nothing: every hour has its strangest value. */
const AUDIBLE = 0.5;

// Cells 0 and 1 belong to default.ts: samples seen and the latest instant.
const LAST_AT = 1;
const FAST_LEVEL = 2;
const SLOW_LEVEL = 3;
const RAISED = 4;
const INCIDENT = 5;
const ERROR = 6;
const ROBUST_ERROR = 7;
const VALUES = 8;
const MOVEMENTS = VALUES + CODEBOOK_SIZE;
const VALUE_SURPRISE = MOVEMENTS + CODEBOOK_SIZE;
const MOVEMENT_SURPRISE = VALUE_SURPRISE + SURPRISE_SIZE;
const SHAPE_SURPRISE = MOVEMENT_SURPRISE + SURPRISE_SIZE;
const LEVEL = SHAPE_SURPRISE + SURPRISE_SIZE;
const FLAT = LEVEL + LEVEL_SIZE;
const PATTERN = FLAT + FLAT_SIZE;

/** Where the hours of the week begin, behind everything else. */
export const WEEK = PATTERN + PATTERN_SIZE;

/** Where the pace of the samples begins, the youngest part: states of before end here. */
export const PACE = WEEK + WEEK_SIZE;

/** Cells the detector takes. */
export const SIZE = PACE + PACE_SIZE;

/** What one look at a sample found: deviations above the usual novelty, and what they are about. */
export interface Findings {
  value: number;
  movement: number;
  shape: number;
  isFlat: boolean;
  isShift: boolean;
  /** -1 below, 1 above everything remembered, 0 within. */
  side: number;
  trend: number;
  expected: number;
  z: number;
  robustZ: number;
  week: WeekFindings;
}

// One for all detectors: a look allocates nothing, and nobody keeps the findings.
const findings: Findings = {
  ...{ value: 0, movement: 0, shape: 0, isFlat: false, isShift: false },
  ...{ side: 0, trend: 0, expected: 0, z: 0, robustZ: 0 },
  week: { isUsed: false, alarm: 0, expected: 0, error: 0, spread: 0 },
};

/** Looks at the sample of an instant (ms since 1970) after `n` others and learns it. The answer is overwritten by the next look. */
export function look(s: Float64Array, atMs: number, x: number, n: number): Findings {
  if (n === 0) {
    s[FAST_LEVEL] = x;
    s[SLOW_LEVEL] = x;
  }
  const haste = hasteOf(s, PACE, n === 0 ? 0 : atMs - (s[LAST_AT] as number));
  const expected = s[FAST_LEVEL] as number;
  const slow = s[SLOW_LEVEL] as number;
  findings.week = lookAtWeek(s, WEEK, atMs, x, expected, slow);
  s[FAST_LEVEL] = expected + (x - expected) * Math.max(1 / FAST, 1 / (n + 1));
  s[SLOW_LEVEL] = slow + (x - slow) * Math.max(1 / SLOW, 1 / (n + 1));
  findings.expected = expected;
  findings.trend = (s[FAST_LEVEL] as number) - (s[SLOW_LEVEL] as number);
  findings.side = sideOf(s, VALUES, x);
  const floor = valueFloor(haste, s[ROBUST_ERROR] as number);
  findings.value = meet(s, VALUES, VALUE_SURPRISE, x, floor, haste);
  const least = movementFloor(s, PACE, haste, findings.trend);
  findings.movement = meet(s, MOVEMENTS, MOVEMENT_SURPRISE, findings.trend, least, haste);
  findings.isFlat = becameFlat(s, FLAT, x, n);
  findings.shape = 0;
  findings.isShift = false;
  if (fill(s, PATTERN, x)) closeShape(s, haste);
  measure(s, x - expected, n);
  return findings;
}

/** Says what was found in words and numbers, once per incident. `n` samples came before. */
export function answer(s: Float64Array, found: Findings, out: Detection, n: number): Detection {
  const { week } = found;
  const own = Math.max(found.value, found.movement, found.shape);
  const hour = week.alarm >= AUDIBLE ? ALARM * week.alarm : 0;
  const strangest = Math.max(own, hour, found.isFlat ? ALARM : 0);
  const bar = (s[RAISED] as number) * SINK;
  s[RAISED] = Math.max(bar, REPEAT * strangest);
  s[INCIDENT] = Math.max(0, (s[INCIDENT] as number) + (strangest >= ALARM ? 1 : -1));
  if (n < READY) return out;
  const isNew = strangest > bar || found.isFlat;
  const strength = isNew ? strangest : Math.min(strangest, ALARM) / SUPPRESS;
  out.isReady = true;
  out.score = 1 - 2 ** -(strength / ALARM);
  out.isAnomaly = strength >= ALARM;
  out.isLevelShift = found.isShift;
  out.severity = !out.isAnomaly ? null : strength >= 2 * ALARM ? 'CRITICAL' : 'WARNING';
  out.reason = out.isLevelShift ? 'LEVEL_SHIFT' : out.isAnomaly ? reasonOf(found, own) : 'NORMAL';
  out.baseline = week.isUsed ? 'HOUR_OF_WEEK' : 'LEVEL';
  out.expected = week.isUsed ? week.expected : found.expected;
  out.z = week.isUsed ? inUnitsOf(week.spread, week.error) : found.z;
  out.robustZ = week.isUsed ? out.z : found.robustZ;
  return out;
}

/** Of several reasons the plainest: a strange value explains the strange movement it causes. */
function reasonOf(found: Findings, own: number): Reason {
  if (found.isFlat) return 'FLAT_LINE';
  if (own < ALARM) return 'UNUSUAL_HOUR';
  if (found.value >= ALARM) return found.side === 0 ? 'UNUSUAL_VALUE' : found.side > 0 ? 'SPIKE' : 'DROP';
  if (found.shape > found.movement) return 'UNUSUAL_PATTERN';
  return found.trend > 0 ? 'RISE' : 'FALL';
}

/** How surprising a value is to its codebook, which then knows it; what is nearer than `floor` is below an alert. */
function meet(
  s: Float64Array,
  book: number,
  memory: number,
  x: number,
  floor: number,
  haste: number,
): number {
  const distance = novelty(s, book, x);
  const found = surprise(s, memory, distance, floor / ALARM);
  learn(s, memory, distance);
  if (found < HOLD_AT || (s[INCIDENT] as number) >= HOLD) remember(s, book, x, memoryOf(haste));
  return found;
}

function closeShape(s: Float64Array, haste: number): void {
  const mean = blockMean(s, PATTERN);
  const spread = blockSpread(s, PATTERN, mean);
  const distance = shapeDistance(s, PATTERN, mean);
  if (distance >= 0) {
    findings.shape = (PATTERN_WEIGHT / shapeDamping(haste)) * surprise(s, SHAPE_SURPRISE, distance);
    learn(s, SHAPE_SURPRISE, distance);
  }
  findings.isShift = shifted(s, LEVEL, PATTERN, mean, spread);
  closeBlock(s, PATTERN, mean);
}

/** The error in usual errors: all of them, and those cut at three times the usual, which outliers cannot blow up. */
function measure(s: Float64Array, error: number, n: number): void {
  const size = Math.abs(error);
  const weight = Math.max(1 / ERROR_MEMORY, 1 / (n + 1));
  const usual = s[ERROR] as number;
  const robust = s[ROBUST_ERROR] as number;
  findings.z = inUnitsOf(usual, error);
  findings.robustZ = inUnitsOf(robust, error);
  s[ERROR] = usual + (size - usual) * weight;
  s[ROBUST_ERROR] = robust + (Math.min(size, 3 * robust || size) - robust) * weight;
}

/** A normal deviation is 1.2533 mean absolute errors. */
function inUnitsOf(usual: number, error: number): number {
  if (error === 0) return 0;
  return Math.max(-MOST, Math.min(MOST, error / (1.2533 * usual)));
}
