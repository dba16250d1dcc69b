import { addMs, DAY_MS } from '../../kernel/time.ts';
import type { Tx } from '../../platform/db/sql.ts';
import type { Scope } from '../../platform/scope.ts';
import { forgetApiKeys } from '../access/index.ts';
import { forgetVersions } from './store.ts';

/** Ended values are kept for more than a year, so that a finding in old logs can be told whose key it was. */
const KEEP_DAYS = 400;

/** Forgets values that ended long ago; returns how many. */
export async function pruneKeys(scope: Scope, tx: Tx): Promise<number> {
  const gone = await forgetVersions(scope, tx, addMs(scope.now, -KEEP_DAYS * DAY_MS));
  if (gone.length > 0) await forgetApiKeys(scope, tx, gone);
  return gone.length;
}
