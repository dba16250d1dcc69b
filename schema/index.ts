import './scalars.ts';
import './errors.ts';
import './money.ts';
import { builder } from './builder.ts';

/** The whole contract. Domains register themselves by being imported above. */
export const schema = builder.toSchema();
