import type { Matcher, Operator } from '../../src/reliability/alerts/index.ts';
import { builder } from '../builder.ts';

const OperatorEnum = builder.enumType('AlertMatcherOperator', {
  description: 'How a label is compared; a label that an alert does not have is the empty text.',
  values: {
    IS: { description: 'It is one of the values.' },
    IS_NOT: { description: 'It is none of the values.' },
    STARTS_WITH: { description: 'It starts with one of the values.' },
    CONTAINS: { description: 'It contains one of the values.' },
  } satisfies Record<Operator, { description: string }>,
});

export const MatcherType = builder.objectRef<Matcher>('AlertMatcher').implement({
  description: 'A condition on one label of an alert.',
  fields: (t) => ({
    label: t.exposeString('label', { description: 'A label’s name, or level, type or component.' }),
    operator: t.field({ type: OperatorEnum, description: 'How.', resolve: (m) => m.operator }),
    values: t.stringList({ description: 'With what.', resolve: (m) => [...m.values] }),
  }),
});

export const MatcherInput = builder.inputType('AlertMatcherInput', {
  description: 'A condition on one label of an alert; all of a list must hold.',
  fields: (t) => ({
    label: t.string({ required: true, description: 'A label’s name, or level, type or component.' }),
    operator: t.field({ type: OperatorEnum, required: true, description: 'How.' }),
    values: t.stringList({ required: true, description: '1 to 50 values.' }),
  }),
});
