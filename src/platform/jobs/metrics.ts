import { Gauge, type Registry } from 'prom-client';
import type { JobEngine } from './engine.ts';

/** Says how many jobs of each queue wait, run or have been given up; counted when somebody asks. */
export function measureQueues(registry: Registry, jobs: JobEngine, onError: (error: Error) => void): void {
  new Gauge({
    name: 'job_queue_jobs',
    help: 'Jobs of the queue by where they are: waiting, active or dead (given up).',
    labelNames: ['queue', 'state'],
    registers: [registry],
    async collect() {
      try {
        for (const [queue, counts] of Object.entries(await jobs.counts())) {
          for (const [state, count] of Object.entries(counts)) this.labels(queue, state).set(count);
        }
      } catch (error) {
        // Other metrics are still worth having while the database is away.
        this.reset();
        onError(error as Error);
      }
    },
  });
}
