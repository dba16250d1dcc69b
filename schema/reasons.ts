import type { Reason } from '../src/kernel/reason.ts';
import { builder } from './builder.ts';

/** Why a score, route or offer came out as it did. */
export const ReasonType = builder.objectRef<Reason>('Reason').implement({
  description: 'Why something came out as it did.',
  fields: (t) => ({
    code: t.exposeString('code', { description: 'For machines: stable, in capitals.' }),
    text: t.exposeString('text', { description: 'For people, in English.' }),
  }),
});

/** How many were left out for one reason. */
export const ReasonCountType = builder.objectRef<{ reason: string; count: number }>('ReasonCount').implement({
  description: 'How many were left out for one reason.',
  fields: (t) => ({
    reason: t.exposeString('reason', { description: 'Stable code, e.g. NO_GEO or CUSTOMER_LIMIT.' }),
    count: t.exposeInt('count', { description: 'How many.' }),
  }),
});
