import type { Scope } from '../../src/platform/scope.ts';
import { runAutoscale, setScalingPolicy } from '../../src/reliability/autoscale/index.ts';
import { checkHealth } from '../../src/reliability/health/index.ts';
import { openManually, runRunbookStep } from '../../src/reliability/incidents/index.ts';
import { countSamples, setObjective, watchSlos } from '../../src/reliability/slo/index.ts';

/** An objective with samples, an incident with a step, a scaling decision and a health report, all with the marker. */
export async function operateProduct(scope: Scope, marker: string): Promise<void> {
  const metric = `${marker}_latency`;
  await setObjective(scope, {
    ...{ name: `${marker} objective`, metric, labels: { tenant: marker }, threshold: 100 },
  });
  const sample = {
    metric,
    labels: { tenant: marker },
    at: new Date(scope.now.getTime() - 60_000),
    value: 200,
  };
  await scope.db.tx((tx) => countSamples(scope, tx, [sample]));
  await watchSlos(scope);
  const { id } = await openManually(scope, {
    ...{
      title: `${marker} hangs`,
      severity: 'HIGH',
      component: `${marker} shop`,
      message: `${marker} is slow`,
    },
  });
  await runRunbookStep(scope, { incidentId: id, step: 'REQUEUE_DEAD_JOBS', isDryRun: true });
  await setScalingPolicy(scope, {
    endpoint: `https://example.com/${marker}`,
    secret: `${marker}-secret-0123456789`,
  });
  await runAutoscale(scope);
  await checkHealth(scope);
}
