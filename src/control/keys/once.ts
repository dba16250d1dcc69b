import type { Scope } from '../../platform/scope.ts';
import { idempotently } from '../access/index.ts';
import type { Handover } from './key.ts';

/**
 * Runs a verb that hands a value over once per idempotency key. What is remembered of it is ids: the same request again
 * is told which value was made, and never the value.
 */
export async function once(
  scope: Scope,
  key: string | null | undefined,
  request: unknown,
  work: () => Promise<Handover>,
): Promise<Handover> {
  let first: Handover | null = null;
  return idempotently(
    scope,
    key,
    request,
    async () => {
      first = await work();
      return { registrationId: first.registrationId, versionId: first.versionId };
    },
    async (made) => first ?? { ...made, how: 'SHOWN_BEFORE', value: null, claimToken: null },
  );
}
