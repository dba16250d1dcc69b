import {
  RegisterKeyDocument,
  RotateKeyDocument,
  UpdateKeyRegistrationDocument,
} from '../../operations/generated/graphql.ts';
import type { Client } from '../kit/server.ts';
import { expectPayloads } from './isolation-delivery.ts';

/** A secret of the tenant that was changed, and whose next value waits in an envelope; answers the envelope's token. */
export async function keepKeys(client: Client, marker: string): Promise<string> {
  const { registerKey } = await client.run(RegisterKeyDocument, {
    input: {
      name: `${marker} secret`,
      kind: 'SECRET',
      securityLevel: 'LOW',
      intervalDays: 5,
      reason: `${marker} needs it`,
    },
  });
  if (registerKey.__typename !== 'RegisterKeyPayload') throw new Error(JSON.stringify(registerKey));
  const { id } = registerKey.registration;
  const target = { url: `https://${marker}.example.com/keys`, secret: `${marker}-signing-secret` };
  const { rotateKey } = await client.run(RotateKeyDocument, { input: { id, delivery: 'CLAIM' } });
  expectPayloads([
    await client.run(UpdateKeyRegistrationDocument, {
      input: { id, target, reason: `${marker} has a store` },
    }),
  ]);
  if (rotateKey.__typename !== 'RotateKeyPayload') throw new Error(JSON.stringify(rotateKey));
  return rotateKey.claimToken ?? '';
}
