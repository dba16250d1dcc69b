import { ValidationError } from './errors.ts';

/** Whether Postgres can keep a text: no NUL, no half of a surrogate pair. */
export const isStorable = (text: string): boolean => text.isWellFormed() && !text.includes('\u0000');

/** The text without NUL and with � for halves of characters: for words that must not be lost for one of them. */
export const madeWhole = (text: string): string => text.replaceAll('\u0000', '').toWellFormed();

/** The text, when it can be kept and has `least` to `most` characters; ValidationError otherwise. */
export function checkText(text: string, field: string, most: number, least = 0): string {
  if (!isStorable(text)) throw new ValidationError(field, `${field} holds a NUL or half a character.`);
  if (text.length <= most && (least === 0 || text.trim().length >= least)) return text;
  const size = least === 0 ? `at most ${most}` : `${least} to ${most}`;
  throw new ValidationError(field, `${field} has ${size} characters.`);
}
