import {
  type Handover,
  type KeyVersion,
  type KeyView,
  registrationsById,
} from '../../src/control/keys/index.ts';
import { NotFoundError } from '../../src/kernel/errors.ts';
import { builder } from '../builder.ts';
import type { Context } from '../context.ts';
import { KeyRegistrationType, KeyVersionType } from './key-types.ts';

const HandoverEnum = builder.enumType('KeyHandover', {
  description: 'How the value of a new key is had.',
  values: {
    SHOWN: { description: '`value` is it; it is never shown again.' },
    CLAIM: { description: '`claimToken` opens its envelope once: claimKey.' },
    WEBHOOK: { description: 'It is on its way to the target; see the version’s status.' },
    SHOWN_BEFORE: {
      description:
        'The request was made before, with this idempotency key; the value or the token was in its first answer and is not kept. Rotate again when that answer was lost.',
    },
  },
});

/** What a mutation that makes a value answers with. */
export interface NewKeyAnswer extends Omit<Handover, 'registrationId' | 'versionId'> {
  readonly registration: KeyView;
  readonly version: KeyVersion;
}

/** The registration as it is after the work. */
export async function viewOf(scope: Context['scope'], id: string): Promise<KeyView> {
  const [view] = await registrationsById(scope, [id]);
  if (!view) throw new NotFoundError('key registration', id);
  return view;
}

/** The answer of a verb that has made a value. */
export async function answerOf(scope: Context['scope'], handover: Handover): Promise<NewKeyAnswer> {
  const registration = await viewOf(scope, handover.registrationId);
  const version = registration.versions.find(({ id }) => id === handover.versionId);
  if (!version) throw new NotFoundError('key version', handover.versionId);
  return { registration, version, how: handover.how, value: handover.value, claimToken: handover.claimToken };
}

/** A payload with a new value; every mutation has a type of its own. */
export const newKeyPayload = (name: string) =>
  builder.objectRef<NewKeyAnswer>(name).implement({
    description: 'The key and, this once, its new value or what leads to it.',
    fields: (t) => ({
      registration: t.field({
        type: KeyRegistrationType,
        description: 'The key as it is now.',
        resolve: (answer) => answer.registration,
      }),
      version: t.field({
        type: KeyVersionType,
        description: 'The new value, without itself.',
        resolve: (answer) => answer.version,
      }),
      how: t.field({
        type: HandoverEnum,
        description: 'How its value is had.',
        resolve: (answer) => answer.how,
      }),
      value: t.exposeString('value', {
        nullable: true,
        description: 'The value itself with SHOWN, else null. Never shown again.',
      }),
      claimToken: t.exposeString('claimToken', {
        nullable: true,
        description: 'Opens the envelope once within 24 hours; with CLAIM, else null. Never shown again.',
      }),
    }),
  });

/** A payload with a changed key. */
export const keyPayload = (name: string) =>
  builder.objectRef<{ registration: KeyView }>(name).implement({
    description: 'The key after the change.',
    fields: (t) => ({
      registration: t.field({
        type: KeyRegistrationType,
        description: 'The key as it is now.',
        resolve: (answer) => answer.registration,
      }),
    }),
  });
