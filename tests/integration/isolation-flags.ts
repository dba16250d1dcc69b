import {
  createFlag,
  flagSet,
  flushFlagUsage,
  scheduleFlagChange,
  setFlag,
} from '../../src/control/flags/index.ts';
import { putKv } from '../../src/control/kv/index.ts';
import { addMs, DAY_MS } from '../../src/kernel/time.ts';
import type { Scope } from '../../src/platform/scope.ts';
import type { TestServer } from '../kit/server.ts';

/** The key of a tenant's own flag. */
export const flagOf = (marker: string): string => `SHOP_${marker.toUpperCase().replace(/[^A-Z0-9]/g, '_')}`;

/** A flag of its own, one of the installation's set otherwise, a change that waits, a use and a named value. */
export async function flagAndKeep(server: TestServer, scope: Scope, marker: string): Promise<void> {
  const key = flagOf(marker);
  await createFlag(scope, {
    ...{
      key,
      type: 'STRING',
      defaultValue: `${marker} default`,
      description: `${marker} flag`,
      owner: marker,
    },
    rules: [
      { conditions: [{ attribute: 'shop', operator: 'EQ', values: [marker] }], value: `${marker} rule` },
    ],
  });
  await setFlag(scope, { key: 'AUTOSCALE_ENABLED', value: true, reason: `${marker} reason` });
  const change = { kind: 'SET', value: `${marker} later` } as const;
  await scheduleFlagChange(scope, { key, at: addMs(scope.now, DAY_MS), change, reason: `${marker} reason` });
  (await flagSet(scope, scope.db)).evaluate(key, null);
  const { cache, db } = server.app.source;
  await flushFlagUsage({
    ...{ cache, clock: () => scope.now, dbFor: (tenantId: string) => db.forTenant(tenantId) },
    onError: () => {},
  });
  await scope.db.tx((tx) =>
    putKv(scope, tx, { namespace: 'shop', key: `${marker}/note`, value: { note: `${marker} value` } }),
  );
}
