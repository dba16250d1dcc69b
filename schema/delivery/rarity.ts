import {
  displayScore,
  type EliteTier,
  type RarityComponents,
  type RarityScore,
  rarityScore,
} from '../../src/delivery/rarity/index.ts';
import { ValidationError } from '../../src/kernel/errors.ts';
import { builder } from '../builder.ts';
import { ReasonType } from '../reasons.ts';

export const EliteTierEnum = builder.enumType('EliteTier', {
  description: 'Bands of the rarity score; the unrounded score decides.',
  values: {
    FREE: { description: 'Below 50: the commoner half.' },
    BASIC: { description: '50 to below 70.' },
    PRO: { description: '70 to below 85.' },
    ENTERPRISE: { description: '85 to below 95: the top 10 %.' },
    ELITE: { description: '95 or more: the top 1 %.' },
  } satisfies Record<EliteTier, { description: string }>,
});

export const RarityComponentsType = builder.objectRef<RarityComponents>('RarityComponents').implement({
  description: 'What a raw score is made of, each 0–100: raw = 0.40 U + 0.25 C + 0.20 V + 0.15 F.',
  fields: (t) => ({
    uniqueness: t.float({
      description: 'U: mean information of the two rarest items among the last 180 days of orders.',
      resolve: ({ uniqueness }) => displayScore(uniqueness),
    }),
    complexity: t.float({
      description: 'C: how many different items (up to 5) and categories (up to 3).',
      resolve: ({ complexity }) => displayScore(complexity),
    }),
    value: t.float({
      description: 'V: percentile rank of the value among the orders of its currency; 50 when unknown.',
      resolve: ({ value }) => displayScore(value),
    }),
    freshness: t.float({
      description: 'F: 100 for a set of items never ordered together, falling to 0 within 30 days.',
      resolve: ({ freshness }) => displayScore(freshness),
    }),
  }),
});

const RarityScoreType = builder.objectRef<RarityScore>('RarityScore').implement({
  description: 'How rare a package is, with all that explains it. The same facts give the same answer.',
  fields: (t) => ({
    score: t.float({
      description: '0–100, two decimals. Calibrated: 85 is the tenant’s 90th percentile, 95 its 99th.',
      resolve: ({ score }) => displayScore(score),
    }),
    raw: t.float({
      description: '0–100: the weighted sum of the components, before calibration.',
      resolve: ({ raw }) => displayScore(raw),
    }),
    tier: t.field({ type: EliteTierEnum, description: 'Band of the score.', resolve: (s) => s.tier }),
    components: t.field({
      type: RarityComponentsType,
      description: 'What the raw score is made of.',
      resolve: (s) => s.components,
    }),
    percentile: t.float({
      nullable: true,
      description: 'Percentile of the raw score; null while fewer than 50 packages have been scored.',
      resolve: ({ percentile }) => (percentile === null ? null : displayScore(percentile)),
    }),
    reasons: t.field({ type: [ReasonType], description: 'Why.', resolve: (s) => [...s.reasons] }),
    scorerVersion: t.exposeString('scorerVersion', { description: 'Version of the formula.' }),
    calibration: t.exposeString('calibration', {
      nullable: true,
      description: 'Version of the calibration map; null while uncalibrated.',
    }),
    calibrationSize: t.exposeInt('calibrationSize', { description: 'Raw scores the map rests on.' }),
    corpusOrders: t.exposeInt('corpusOrders', { description: 'Orders compared with.' }),
  }),
});

const PackageItemInput = builder.inputType('PackageItemInput', {
  description: 'One item of a package.',
  fields: (t) => ({
    name: t.string({ required: true, description: 'Up to 500 characters; identifies it without a sku.' }),
    sku: t.string({ description: 'Identity of the item, if there is one.' }),
    category: t.string({ description: 'For complexity.' }),
  }),
});

const PackageValueInput = builder.inputType('PackageValueInput', {
  description: 'What a package is worth.',
  fields: (t) => ({
    amountMinor: t.field({ type: 'BigInt', required: true, description: 'Minor units, zero or more.' }),
    currency: t.field({ type: 'Currency', required: true, description: 'ISO 4217 code.' }),
  }),
});

builder.queryField('rarityScore', (t) =>
  t.field({
    type: RarityScoreType,
    description: 'Tries the scorer on a package nobody has ordered. Changes nothing.',
    errors: { types: [ValidationError] },
    args: {
      items: t.arg({ type: [PackageItemInput], required: true, description: '1 to 100 items.' }),
      value: t.arg({ type: PackageValueInput, description: 'Its value; without one it counts as average.' }),
    },
    resolve: (_root, { items, value }, { scope }) => rarityScore(scope, { items, estimatedValue: value }),
  }),
);
