import { builder } from './builder.ts';

/** Direction of every `orderBy`. */
export const OrderDirectionEnum = builder.enumType('OrderDirection', {
  description: 'Which way a list is ordered.',
  values: {
    ASC: { description: 'Least, oldest or first of the alphabet first.' },
    DESC: { description: 'Greatest, newest or last of the alphabet first.' },
  },
});
