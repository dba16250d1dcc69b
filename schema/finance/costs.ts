import { type CostForecast, listForecasts } from '../../src/finance/costs/index.ts';
import { builder } from '../builder.ts';
import { MoneyType } from '../money.ts';

const money = ({ currency }: CostForecast, amountMinor: bigint) => ({ amountMinor, currency });

const CostForecastType = builder.objectRef<CostForecast>('CostForecast').implement({
  description: 'What the 30 days after asOf were expected to cost (spec m.3). Made on Mondays at 02:10 UTC.',
  fields: (t) => ({
    asOf: t.field({ type: 'DateTime', description: 'The instant it was made for.', resolve: (f) => f.asOf }),
    category: t.exposeString('category', { description: 'AI, INFRASTRUCTURE or OTHER.' }),
    total: t.field({ type: MoneyType, description: 'Expected.', resolve: (f) => money(f, f.totalMinor) }),
    low: t.field({ type: MoneyType, description: 'Lower bound.', resolve: (f) => money(f, f.lowMinor) }),
    high: t.field({ type: MoneyType, description: 'Upper bound.', resolve: (f) => money(f, f.highMinor) }),
    model: t.exposeString('model', {
      description: 'LAST_30_DAYS (fewer than 14 days known), NAIVE, SEASONAL_NAIVE, HOLT or HOLT_WINTERS.',
    }),
    confidence: t.exposeString('confidence', {
      description: 'HIGH (sMAPE below 10 %), MEDIUM (below 25 %) or LOW.',
    }),
    smape: t.exposeFloat('smape', {
      nullable: true,
      description: 'Error of the model on the series’ own last days, 0–200 %; null when it was not tested.',
    }),
    points: t.exposeInt('points', { description: 'Days it rests on.' }),
    decisionId: t.exposeID('decisionId', {
      description: 'Plain id of the recorded decision; see replayDecision.',
    }),
  }),
});

builder.queryField('costForecasts', (t) =>
  t.connection(
    {
      type: CostForecastType,
      description: 'Cost forecasts, newest first.',
      authScopes: { finance: true },
      resolve: (_root, page, { scope }) => listForecasts(scope, page),
    },
    { name: 'CostForecastConnection', description: 'A page of forecasts.' },
    { name: 'CostForecastEdge', description: 'One forecast of a page.' },
  ),
);
