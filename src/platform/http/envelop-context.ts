import type { Execute } from './compile.ts';
import type { Prepared } from './documents.ts';

/** Where the pipeline leaves, on the GraphQL context, what it has already found out. */
export const PREPARED = Symbol('prepared');
export const EXECUTE = Symbol('execute');

export type EnvelopContext = { [PREPARED]?: Prepared; [EXECUTE]?: Execute | undefined };
