import { type Computed, compute, decide } from '../../control/decisions/index.ts';
import { exponentOf } from '../../kernel/currencies.ts';
import { CurrencyMismatchError, ValidationError } from '../../kernel/errors.ts';
import type { Money } from '../../kernel/money.ts';
import type { Reason } from '../../kernel/reason.ts';
import type { Sql } from '../../platform/db/sql.ts';
import type { Scope } from '../../platform/scope.ts';
import {
  type AdaptiveInputs,
  type AdaptivePrice,
  adaptiveFormula,
  type LoadMode,
  type PerfMode,
} from './adaptive.ts';
import { knownCosts } from './costs.ts';

/** What a price is asked for. */
export interface QuoteRequest {
  /** Who or what is billed; the costs must be theirs. Default `account`: the tenant as a whole. */
  readonly subject?: string | null | undefined;
  readonly runs: number;
  readonly p95Ms?: number | null | undefined;
  /** Of 30 days. Left out: what the hourly cost sync last found, only for the account as a whole. */
  readonly openaiCost?: Money | null | undefined;
  readonly infraCost?: Money | null | undefined;
  readonly refunds?: Money | null | undefined;
  readonly loadMode?: LoadMode | null | undefined;
  readonly perfMode?: PerfMode | null | undefined;
  readonly floorPerThousandRuns?: boolean | null | undefined;
  readonly minimumPrice?: Money | null | undefined;
}

/** A price that was computed and not applied. */
export interface Quote {
  readonly subject: string;
  readonly price: AdaptivePrice;
  readonly inputs: AdaptiveInputs;
  readonly reasons: readonly Reason[];
  /** A cost is more than 26 h old, or missing: the price may be looked at and not applied. */
  readonly isStale: boolean;
  readonly computed: Computed<AdaptivePrice>;
}

export const ACCOUNT = 'account';
const MAX_RUNS = 1e12;
/** As with every amount that is sent; what is computed from several of them still fits a column. */
const MAX_MINOR = 9_007_199_254_740_991n;

/** Computes a price without recording it. ValidationError names the wrong field; CurrencyMismatchError. */
export async function quote(scope: Scope, sql: Sql, request: QuoteRequest): Promise<Quote> {
  checkQuote(request);
  const subject = request.subject ?? ACCOUNT;
  const known = await knownCosts(scope, sql, request, subject === ACCOUNT);
  const given = [known.openaiCost, known.infraCost, request.refunds, request.minimumPrice];
  const currency = oneCurrency(given) ?? scope.tenant.reportingCurrency;
  const minor = (amount: Money | null | undefined): string => (amount?.amountMinor ?? 0n).toString();
  const computed = compute<AdaptiveInputs, AdaptivePrice>(adaptiveFormula, {
    ...{ runs: request.runs, p95Ms: request.p95Ms ?? null, currency },
    ...{ openaiCostMinor: minor(known.openaiCost), infraCostMinor: minor(known.infraCost) },
    ...{ refundsMinor: minor(request.refunds), minimumMinor: minor(request.minimumPrice) },
    ...{ loadMode: request.loadMode ?? 'CLAMP', perfMode: request.perfMode ?? 'SEED' },
    floorPerThousandRuns: request.floorPerThousandRuns ?? false,
  });
  return {
    ...{ subject, computed, price: computed.output, inputs: computed.inputs as unknown as AdaptiveInputs },
    ...{ isStale: known.reasons.length > 0, reasons: [...computed.reasons, ...known.reasons] },
  };
}

/** Computes a price and records why (spec 0.6). */
export async function quoteAdaptivePrice(
  scope: Scope,
  request: QuoteRequest,
): Promise<Quote & { decisionId: string }> {
  return scope.db.tx(async (tx) => {
    const quoted = await quote(scope, tx, request);
    const { decisionId } = await decide(scope, tx, adaptiveFormula, quoted);
    return { ...quoted, decisionId };
  });
}

function checkQuote(request: QuoteRequest): void {
  const { subject, runs, p95Ms } = request;
  if (subject != null && !/^\S{1,120}$/.test(subject)) {
    throw new ValidationError('subject', 'A subject is an id of 1 to 120 characters without spaces.');
  }
  if (!Number.isInteger(runs) || runs < 0 || runs > MAX_RUNS) {
    throw new ValidationError('runs', 'Runs are a whole number from 0 to 1,000,000,000,000 a month.');
  }
  if (p95Ms != null && !(Number.isFinite(p95Ms) && p95Ms >= 0)) {
    throw new ValidationError(
      'p95Ms',
      'p95 is a latency in milliseconds, 0 or more; leave it out when unknown.',
    );
  }
  for (const field of ['openaiCost', 'infraCost', 'refunds', 'minimumPrice'] as const) {
    const amount = request[field];
    if (!amount) continue;
    exponentOf(amount.currency);
    if (amount.amountMinor < 0n || amount.amountMinor > MAX_MINOR) {
      throw new ValidationError(field, `An amount is 0 to ${MAX_MINOR} minor units.`);
    }
  }
}

/** The currency of all given amounts; null when there are none. */
function oneCurrency(amounts: readonly (Money | null | undefined)[]): string | null {
  const [first, ...others] = new Set(amounts.flatMap((amount) => (amount ? [amount.currency] : [])));
  if (others[0] !== undefined) throw new CurrencyMismatchError(first as string, others[0]);
  return first ?? null;
}
