import type { Json } from '../../kernel/canonical.ts';

/** Where a secret was found, and what it looks like. The value itself is never part of it. */
export interface FoundSecret {
  readonly path: string;
  readonly what: string;
}

/** Shapes of credentials, each without backtracking over more than a bounded run. */
const SHAPES: readonly (readonly [what: string, pattern: RegExp])[] = [
  ['a PEM block', /-----BEGIN [A-Z ]{0,40}(?:PRIVATE KEY|CERTIFICATE)/],
  ['an API key of this product', /\brk_(?:live|test)_[0-9A-Za-z]{8}_[0-9A-Za-z]{8}/],
  ['a JSON Web Token', /\beyJ[A-Za-z0-9_-]{8,400}\.eyJ[A-Za-z0-9_-]{4,}\./],
  ['a Stripe key', /\b(?:sk|rk)_(?:live|test)_[A-Za-z0-9]{10}|\bwhsec_[A-Za-z0-9+/]{16}/],
  ['a Razorpay key', /\brzp_(?:live|test)_[A-Za-z0-9]{10}/],
  ['a Slack token or webhook', /\bxox[abeoprs]-[A-Za-z0-9-]{10}|hooks\.slack\.com\/services\/T/],
  ['a GitHub token', /\bgh[opsur]_[A-Za-z0-9]{30}|\bgithub_pat_[A-Za-z0-9_]{22}/],
  ['a GitLab token', /\bglpat-[A-Za-z0-9_-]{16}/],
  ['an AWS access key', /\b(?:AKIA|ASIA|AROA)[0-9A-Z]{16}\b/],
  ['a Google API key', /\bAIza[A-Za-z0-9_-]{35}/],
  ['an OpenAI or Anthropic key', /\bsk-(?:ant-|proj-|svcacct-)?[A-Za-z0-9_-]{20}/],
  ['a SendGrid key', /\bSG\.[A-Za-z0-9_-]{16,32}\.[A-Za-z0-9_-]{16}/],
  ['a Resend key', /\bre_[A-Za-z0-9]{8}_[A-Za-z0-9]{12}/],
  ['a Notion token', /\b(?:ntn_|secret_)[A-Za-z0-9]{32}/],
  ['a Telegram bot token', /\b\d{8,10}:AA[A-Za-z0-9_-]{30}/],
  ['an npm token', /\bnpm_[A-Za-z0-9]{36}/],
  ['a password in an address', /\b[a-z][a-z0-9+.-]{1,20}:\/\/[^\s/:@]{0,100}:[^\s/@]{1,200}@/i],
];
const PASSWORD = /pass(?:word|wd|phrase)|(?:^|[_.\-/])pwd(?:$|[_.\-/])/i;
const SECRET = /secret|token(?!s)|api[_-]?key|private[_-]?key|access[_-]?key|credential|authorization/i;

/** The first secret in a value that goes by `name`; null when it has none. */
export function findSecret(name: string, value: Json, path = 'value'): FoundSecret | null {
  if (typeof value === 'string') {
    const what = shapeOf(name, value);
    return what === null ? null : { path, what };
  }
  if (value === null || typeof value !== 'object') return null;
  for (const [key, part] of Object.entries(value)) {
    // Elements of a list go by the name of the list.
    const found =
      findSecret(Array.isArray(value) ? name : key, part, `${path}.${key.slice(0, 80)}`) ??
      findSecret('', key, `${path}.${key.slice(0, 8)}…`);
    if (found) return found;
  }
  return null;
}

function shapeOf(name: string, text: string): string | null {
  const known = SHAPES.find(([, pattern]) => pattern.test(text));
  if (known) return known[0];
  if (/\s/.test(text)) return null;
  if (PASSWORD.test(name) && text.length >= 6) return 'a password';
  if (SECRET.test(name) && text.length >= 16 && !/^\d+$/.test(text) && bitsPerCharacter(text) >= 3) {
    return 'a random secret under a name for secrets';
  }
  return null;
}

/** Shannon's entropy of the text's own characters; words of a language have 2 to 3, random text 4 to 6. */
function bitsPerCharacter(text: string): number {
  const counts = new Map<string, number>();
  for (const letter of text) counts.set(letter, (counts.get(letter) ?? 0) + 1);
  let bits = 0;
  for (const count of counts.values()) bits -= (count / text.length) * Math.log2(count / text.length);
  return bits;
}
