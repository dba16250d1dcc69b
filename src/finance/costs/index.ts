export { type CostForecast, listForecasts, predictCosts } from './predict.ts';
export { syncCosts } from './sync.ts';
