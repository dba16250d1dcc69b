import { Counter, collectDefaultMetrics, Gauge, Histogram, type Registry } from 'prom-client';

/** What the transport counts. Labels are bounded: only names of persisted documents, closed sets of codes. */
export interface Metrics {
  operation(label: string, ms: number): void;
  error(code: string): void;
  subscribers(transport: 'ws' | 'sse', change: 1 | -1): void;
  deliveries(transport: 'ws' | 'sse', count: number): void;
  cut(transport: 'ws' | 'sse', reason: string): void;
}

const BUCKETS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

/** Registers the transport's metrics. */
export function createMetrics(registers: Registry[], withProcess: boolean): Metrics {
  if (withProcess) collectDefaultMetrics({ register: registers[0] as Registry });
  const duration = new Histogram({
    name: 'graphql_operation_duration_seconds',
    help: 'From parameters to answer, by operation name (persisted documents only, else "other").',
    labelNames: ['operation'],
    buckets: BUCKETS,
    registers,
  });
  const errors = new Counter({
    name: 'graphql_errors_total',
    help: 'Errors in answers, by extensions.code.',
    labelNames: ['code'],
    registers,
  });
  const subscribers = new Gauge({
    name: 'graphql_subscribers',
    help: 'Open subscriptions.',
    labelNames: ['transport'],
    registers,
  });
  const deliveries = new Counter({
    name: 'graphql_event_deliveries_total',
    help: 'Events written to subscribers.',
    labelNames: ['transport'],
    registers,
  });
  const cuts = new Counter({
    name: 'graphql_subscriptions_ended_total',
    help: 'Subscriptions that the server ended, by reason.',
    labelNames: ['transport', 'reason'],
    registers,
  });
  const durations = new Map<string, Histogram.Internal<'operation'>>();
  const delivered = { ws: deliveries.labels('ws'), sse: deliveries.labels('sse') };
  return {
    operation(label, ms) {
      let child = durations.get(label);
      if (!child) {
        child = duration.labels(label);
        durations.set(label, child);
      }
      child.observe(ms / 1000);
    },
    error: (code) => errors.labels(code).inc(),
    subscribers: (transport, change) => subscribers.labels(transport).inc(change),
    deliveries: (transport, count) => delivered[transport].inc(count),
    cut: (transport, reason) => cuts.labels(transport, reason).inc(),
  };
}
