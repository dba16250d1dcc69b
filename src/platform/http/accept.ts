/** What a GraphQL answer can be sent as. */
export type AnswerType = 'application/json' | 'application/graphql-response+json' | 'text/event-stream';

const OFFERED: AnswerType[] = ['application/json', 'application/graphql-response+json', 'text/event-stream'];
const known = new Map<string, AnswerType | null>();

/**
 * The type to answer with: highest q first, then the caller's order; a wildcard or nothing means
 * application/json. Null: nothing we can send is acceptable.
 */
export function answerType(accept: string | undefined): AnswerType | null {
  if (accept === undefined || accept === '*/*') return 'application/json';
  let type = known.get(accept);
  if (type === undefined) {
    type = negotiate(accept);
    if (known.size >= 200) known.clear();
    known.set(accept, type);
  }
  return type;
}

function negotiate(accept: string): AnswerType | null {
  const ranges = accept
    .toLowerCase()
    .split(',')
    .map((range) => {
      const [name = '', ...parameters] = range.split(';').map((part) => part.trim());
      const q = parameters.find((part) => part.startsWith('q='))?.slice(2);
      const charset = parameters.find((part) => part.startsWith('charset='))?.slice(8);
      const isReadable = charset === undefined || charset.replaceAll('"', '') === 'utf-8';
      return { name, q: q === undefined ? 1 : Number(q), isReadable };
    })
    .filter(({ q, isReadable }) => q > 0 && isReadable)
    .sort((a, b) => b.q - a.q);
  for (const { name } of ranges) {
    if (name === '*/*' || name === 'application/*') return 'application/json';
    const offered = OFFERED.find((type) => type === name);
    if (offered) return offered;
  }
  return null;
}
