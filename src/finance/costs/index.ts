export { type CostForecast, listForecasts, predictCosts } from './predict.ts';
export { pruneForecasts } from './prune.ts';
export { syncCosts } from './sync.ts';
