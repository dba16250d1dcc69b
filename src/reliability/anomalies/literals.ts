/*
 * Arrays of numbers, ids and instants as Postgres reads them. The driver quotes and escapes each element on its own, which
 * for the tens of thousands of a batch takes longer than the database does.
 */

/** Numbers, booleans or ids; null is NULL. Not for texts. */
export function column(values: readonly (number | boolean | string | null)[]): string {
  let text = '';
  for (const value of values) text += `${text === '' ? '' : ','}${value === null ? 'NULL' : value}`;
  return `{${text}}`;
}

/** Texts of a closed vocabulary, or null. */
export const texts = (values: readonly (string | null)[]): string => column(values);

/** Instants given in ms since 1970. */
export function instants(values: readonly (number | null)[]): string {
  return column(values.map((value) => (value === null ? null : `"${new Date(value).toISOString()}"`)));
}

/** Minutes since 1970; few differ, so each is written once. */
export function minutes(values: readonly number[]): string {
  const written = new Map<number, string>();
  return column(
    values.map((value) => {
      let text = written.get(value);
      if (text === undefined) {
        text = `"${new Date(value * 60_000).toISOString()}"`;
        written.set(value, text);
      }
      return text;
    }),
  );
}
