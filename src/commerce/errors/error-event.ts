import { uuidFrom } from '../../kernel/ids.ts';
import {
  type Candidate,
  type Fact,
  instant,
  type KindSpec,
  optionalInteger,
  type Raw,
  type ReadContext,
  text,
  version,
} from '../ingest/index.ts';
import { addErrorEvent } from '../rollups/index.ts';

/** Errors that the tenant's own systems report: one row may stand for many. */
export interface ErrorEventFact extends Fact {
  service: string;
  message: string;
  count: number;
  occurredAt: Date;
}

/** One report as sent; throws FieldError. */
export function readErrorEvent(raw: Raw, context: ReadContext): Candidate<ErrorEventFact> {
  const externalId = text(raw, 'externalId', 200);
  const fact: ErrorEventFact = {
    id: uuidFrom(context.tenantId, 'error', context.source, externalId),
    externalId,
    version: version(raw, context.now),
    service: text(raw, 'service', 200),
    message: text(raw, 'message', 2_000),
    count: Number(optionalInteger(raw, 'count', 1n, 1_000_000n) ?? 1n),
    occurredAt: instant(raw, 'occurredAt', context.now),
  };
  return { fact, links: [] };
}

export const errorEventSpec: KindSpec<ErrorEventFact> = {
  kind: 'error',
  table: 'error_event',
  columns: {
    externalId: 'text',
    version: 'int8',
    service: 'text',
    message: 'text',
    count: 'int4',
    occurredAt: 'timestamptz',
  },
  read: readErrorEvent,
  contribute: addErrorEvent,
  latest: ({ occurredAt }) => occurredAt,
};
