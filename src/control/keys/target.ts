import { createHmac } from 'node:crypto';
import { ValidationError } from '../../kernel/errors.ts';
import type { Scope } from '../../platform/scope.ts';
import type { KeyTarget } from './key.ts';

/** A secret store to which new values are posted. */
export interface TargetInput {
  readonly url: string;
  /** Signs what is posted; 16 to 255 visible characters. Left out in an update, it stays. */
  readonly secret?: string | null | undefined;
  readonly probeUrl?: string | null | undefined;
}

export interface CheckedTarget {
  readonly target: KeyTarget;
  readonly targetSealed: string;
}

/** Everything that a delivery needs of a target; only sealed it is ever stored. */
export interface OpenTarget {
  readonly url: string;
  readonly probeUrl: string | null;
  readonly secret: string;
}

/** What was sealed of a target; throws when it was sealed with another pepper. */
export const openTarget = (scope: Scope, sealed: string): OpenTarget =>
  JSON.parse(scope.outbound.vault.open(sealed, scope.tenantId)) as OpenTarget;

/** Checks a target and seals it; `kept` is the sealed target whose secret goes on when none is given. */
export function checkTarget(scope: Scope, input: TargetInput, kept: string | null = null): CheckedTarget {
  const url = checkUrl('target.url', input.url);
  const probeUrl = input.probeUrl?.trim() ? checkUrl('target.probeUrl', input.probeUrl) : null;
  const secret = input.secret || keptSecret(scope, kept);
  if (!/^[\x21-\x7e]{16,255}$/.test(secret))
    throw new ValidationError('target.secret', 'A signing secret has 16 to 255 visible ASCII characters.');
  const open: OpenTarget = { url: url.href, probeUrl: probeUrl?.href ?? null, secret };
  return {
    target: { kind: 'WEBHOOK', origin: url.origin, probeOrigin: probeUrl?.origin ?? null },
    targetSealed: scope.outbound.vault.seal(JSON.stringify(open), scope.tenantId),
  };
}

function keptSecret(scope: Scope, sealed: string | null): string {
  if (sealed === null)
    throw new ValidationError('target.secret', 'A target needs a secret that signs the posts.');
  try {
    return openTarget(scope, sealed).secret;
  } catch {
    throw new ValidationError(
      'target.secret',
      'The secret from before cannot be read any more; give it again.',
    );
  }
}

/** Values travel in clear inside the connection: only TLS will do, except to literal addresses of the inner network. */
function checkUrl(field: string, text: string): URL {
  const url = URL.canParse(text.trim()) ? new URL(text.trim()) : null;
  if (!url || text.length > 2_000 || url.username || url.password || url.hash)
    throw new ValidationError(field, 'Give a whole address such as https://vault.example.com/keys.');
  if (url.protocol !== 'https:' && !(url.protocol === 'http:' && isInner(url.hostname)))
    throw new ValidationError(field, 'A key is only sent over https (http: private addresses only).');
  return url;
}

const isInner = (host: string): boolean =>
  host === 'localhost' ||
  /^(127|10)\.\d+\.\d+\.\d+$/.test(host) ||
  /^192\.168\.\d+\.\d+$/.test(host) ||
  /^172\.(1[6-9]|2\d|3[01])\.\d+\.\d+$/.test(host) ||
  host === '[::1]';

/** `t=<unix seconds>,v1=<hex>`: HMAC-SHA-256 of `<t>.<body>` under the target's secret. */
export function signature(secret: string, at: Date, body: string): string {
  const t = Math.floor(at.getTime() / 1000);
  return `t=${t},v1=${createHmac('sha256', secret).update(`${t}.${body}`).digest('hex')}`;
}

/** What a store answers to prove that it holds the value: HMAC-SHA-256 of the challenge under the value, in hex. */
export const challengeAnswer = (value: string, challenge: string): string =>
  createHmac('sha256', value).update(challenge).digest('hex');
