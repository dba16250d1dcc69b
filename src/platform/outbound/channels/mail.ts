/** One e-mail in plain text. */
export interface Mail {
  /** The same for every attempt: receivers and providers tell a repetition by it. */
  readonly id: string;
  readonly from: string;
  readonly to: readonly string[];
  /** One line. */
  readonly subject: string;
  readonly text: string;
}

const SUBJECT_CHARACTERS = 120;

/** One line of at most 120 characters (spec n.1). */
export function subjectOf(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what must not get into a header.
  const line = text.replace(/[\u0000-\u001f\u007f\u2028\u2029\s]+/g, ' ').trim();
  const characters = [...line];
  return characters.length <= SUBJECT_CHARACTERS
    ? line
    : `${characters.slice(0, SUBJECT_CHARACTERS - 3).join('')}...`;
}
