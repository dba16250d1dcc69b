import type { Json } from './canonical.ts';
import { ValidationError } from './errors.ts';
import { isStorable } from './text.ts';

const DEEPEST = 64;

/** Throws ValidationError, naming the place, for what JSON text could carry and jsonb could not keep. */
export function checkJson(value: Json, path = 'value', depth = 0): void {
  if (depth > DEEPEST) throw new ValidationError(path, `A value is nested at most ${DEEPEST} deep.`);
  if (typeof value === 'number' && !Number.isFinite(value)) {
    throw new ValidationError(path, `${path} is not a finite number.`);
  }
  if (typeof value === 'string' && !isStorable(value)) {
    throw new ValidationError(path, `${path} holds a NUL or half a character.`);
  }
  if (value === null || typeof value !== 'object') return;
  for (const [name, part] of Object.entries(value)) {
    checkJson(name, path, depth + 1);
    checkJson(part, `${path}.${name.slice(0, 80)}`, depth + 1);
  }
}
