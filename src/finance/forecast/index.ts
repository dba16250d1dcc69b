export { type Confidence, type Forecast, type ForecastModel, forecast } from './forecast.ts';
