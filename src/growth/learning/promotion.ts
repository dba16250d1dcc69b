import { defineFormula } from '../../control/decisions/index.ts';
import { formatMoney, money } from '../../kernel/money.ts';
import type { Reason } from '../../kernel/reason.ts';
import type { PropensityGroup } from './facts.ts';
import { type Estimate, estimate, type LoggedGroup } from './off-policy.ts';

/** Least worth of the evidence, in offers. Spec d.5. */
export const MIN_ESS = 200;

/** PROMOTE, or what stands against it. */
export const PROMOTION_VERDICTS = ['PROMOTE', 'NO_EVIDENCE', 'ESS_TOO_SMALL', 'NOT_BETTER'] as const;
export type PromotionVerdict = (typeof PROMOTION_VERDICTS)[number];

export interface PromotionFacts {
  readonly experimentId: string;
  readonly currency: string;
  /** Probability by arm of the policy that would go live, and of the one that is. */
  readonly candidate: Readonly<Record<string, number>>;
  readonly current: Readonly<Record<string, number>>;
  readonly groups: readonly LoggedGroup[];
  readonly seed: number;
}

export interface PromotionAnswer {
  readonly verdict: PromotionVerdict;
  readonly candidate: Estimate;
  readonly current: Estimate;
}

/** Whether a policy may go live: ESS ≥ 200 and the lower bound of its SNIPS above the current policy's mean. Spec d.5. */
export const promotionFormula = defineFormula<PromotionFacts, PromotionAnswer>({
  kind: 'learning.promotion',
  version: '1',
  compute({ groups, candidate: wanted, current: live, seed, currency }) {
    const candidate = estimate(groups, wanted, seed);
    const current = estimate(groups, live, seed);
    const verdict = verdictOf(candidate, current);
    return {
      output: { verdict, candidate, current },
      reasons: reasonsOf(verdict, candidate, current, currency),
    };
  },
});

function verdictOf(candidate: Estimate, current: Estimate): PromotionVerdict {
  if (candidate.lower === null || current.snips === null) return 'NO_EVIDENCE';
  if (candidate.ess < MIN_ESS) return 'ESS_TOO_SMALL';
  return candidate.lower > current.snips ? 'PROMOTE' : 'NOT_BETTER';
}

function reasonsOf(
  code: PromotionVerdict,
  candidate: Estimate,
  current: Estimate,
  currency: string,
): Reason[] {
  const show = (minor: number | null): string =>
    minor === null ? 'nothing known' : formatMoney(money(BigInt(Math.round(minor)), currency), 'en');
  const earned = `${show(candidate.snips)} per offer, with 95 % confidence at least ${show(candidate.lower)}`;
  const text = {
    PROMOTE: `It would have earned ${earned}: more than the ${show(current.snips)} of the current policy.`,
    NOT_BETTER: `It would have earned ${earned}: not surely more than the ${show(current.snips)} of the current policy.`,
    ESS_TOO_SMALL: `The evidence is worth ${candidate.ess.toFixed(1)} offers; at least ${MIN_ESS} are needed.`,
    NO_EVIDENCE: 'No logged offer shows what this policy, or the current one, would have earned.',
  }[code];
  const { unusable } = candidate;
  return [
    { code, text },
    ...(unusable > 0
      ? [
          {
            code: 'MISSING_PROPENSITY',
            text: `${unusable} offers were logged without a propensity; they were not used.`,
          },
        ]
      : []),
  ];
}

/** The groups with everything that neither policy would do in one line, so that a decision stays small. */
export function condensed(groups: readonly PropensityGroup[], arms: ReadonlySet<string>): LoggedGroup[] {
  const merged = new Map<
    string,
    { arm: string; propensity: number | null; offers: number; reward: bigint; isConverted: boolean }
  >();
  for (const group of groups) {
    const isKept = arms.has(group.arm) || group.propensity === null;
    const arm = isKept ? group.arm : 'OTHER';
    const propensity = isKept ? group.propensity : 1;
    const key = isKept ? [arm, propensity, group.isConverted].join('|') : arm;
    const sum = merged.get(key) ?? { arm, propensity, offers: 0, reward: 0n, isConverted: group.isConverted };
    sum.offers += group.offers;
    sum.reward += group.rewardMinor;
    merged.set(key, sum);
  }
  return [...merged.entries()]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([, { arm, propensity, offers, reward }]) => ({
      arm,
      propensity,
      offers,
      rewardMinor: String(reward),
    }));
}
