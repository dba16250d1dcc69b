import type { Job, JobResult } from 'pg-boss';

/** A job as its handler sees it. `signal` aborts when the process stops or the job has run out of time. */
export interface RunningJob<Data> {
  id: string;
  data: Data;
  attempt: number;
  signal: AbortSignal;
}

/** How a job ended: `again` tries it later, as often as its queue allows; `dead` keeps it as a dead letter. */
export type Disposition = 'done' | 'again' | 'dead';
export type BatchHandler<Data> = (job: RunningJob<Data>) => Promise<Disposition>;

const STATUS = { done: 'completed', again: 'failed', dead: 'deadletter' } as const;

/** Handles the jobs of a batch, `atOnce` at a time; one that throws is tried again and touches no other. */
export async function handleEach(
  jobs: readonly (Job<unknown> & { retryCount?: number })[],
  atOnce: number,
  handler: BatchHandler<unknown>,
): Promise<JobResult[]> {
  const results: JobResult[] = [];
  const waiting = jobs.values();
  const lane = async () => {
    for (const { id, data, retryCount = 0, signal } of waiting) {
      let end: Disposition = 'again';
      let output: unknown;
      try {
        end = await handler({ id, data, attempt: retryCount + 1, signal });
      } catch (error) {
        output = error;
      }
      results.push({ id, status: STATUS[end], ...(output !== undefined && { output }) });
    }
  };
  await Promise.all(Array.from({ length: Math.min(atOnce, jobs.length) }, lane));
  return results;
}
