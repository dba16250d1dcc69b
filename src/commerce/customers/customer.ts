import { uuidFrom } from '../../kernel/ids.ts';
import {
  type Candidate,
  type Fact,
  FieldError,
  instant,
  type KindSpec,
  optionalCountry,
  optionalFlag,
  optionalInstant,
  optionalText,
  type Raw,
  type ReadContext,
  text,
  version,
} from '../ingest/index.ts';
import { addCustomer } from '../rollups/index.ts';

/** A buyer as one source knows it. */
export interface CustomerFact extends Fact {
  email: string | null;
  name: string | null;
  country: string | null;
  signedUpAt: Date;
  churnedAt: Date | null;
  /** Consent to marketing messages (spec a.7); null when the source does not say. */
  acceptsMarketing: boolean | null;
}

const EMAIL = /^[^\s@]+@[^\s@]+$/;

/** An e-mail address by shape only (one @ between two parts), or null. */
export function optionalEmail(raw: Raw): string | null {
  const email = optionalText(raw, 'email', 320);
  if (email === null || EMAIL.test(email)) return email;
  throw new FieldError('email', 'INVALID', `email "${email.slice(0, 60)}" must look like name@example.com.`);
}

/** One customer as sent; throws FieldError. */
export function readCustomer(raw: Raw, context: ReadContext): Candidate<CustomerFact> {
  const externalId = text(raw, 'externalId', 200);
  const signedUpAt = instant(raw, 'signedUpAt', context.now);
  const churnedAt = optionalInstant(raw, 'churnedAt', context.now);
  if (churnedAt && churnedAt < signedUpAt) {
    throw new FieldError('churnedAt', 'CONFLICT', 'churnedAt must not be before signedUpAt.');
  }
  const fact: CustomerFact = {
    id: uuidFrom(context.tenantId, 'customer', context.source, externalId),
    externalId,
    version: version(raw, context.now),
    email: optionalEmail(raw),
    name: optionalText(raw, 'name', 500),
    country: optionalCountry(raw),
    signedUpAt,
    churnedAt,
    acceptsMarketing: optionalFlag(raw, 'acceptsMarketing'),
  };
  return { fact, links: [] };
}

export const customerSpec: KindSpec<CustomerFact> = {
  kind: 'customer',
  table: 'customer',
  columns: {
    externalId: 'text',
    version: 'int8',
    email: 'text',
    name: 'text',
    country: 'text',
    signedUpAt: 'timestamptz',
    churnedAt: 'timestamptz',
    acceptsMarketing: 'bool',
  },
  // A no to marketing is not forgotten because a later message leaves it out.
  keeps: ['acceptsMarketing'],
  read: readCustomer,
  contribute: addCustomer,
  latest: ({ signedUpAt, churnedAt }) => churnedAt ?? signedUpAt,
};
