import { createHash } from 'node:crypto';
import type { PlainAnswer } from '../platform/http/types.ts';

/** Text that a page may hold as it is. */
export interface Html {
  readonly html: string;
}

const ENTITIES: Record<string, string> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/** Markup from a template: every value is escaped, but other markup and lists of it stay what they are. */
export function html(parts: TemplateStringsArray, ...values: readonly unknown[]): Html {
  const text = parts.map((part, i) => (i < values.length ? part + written(values[i]) : part)).join('');
  return { html: text };
}

function written(value: unknown): string {
  if (Array.isArray(value)) return value.map(written).join('');
  if (value === null || value === undefined || value === false) return '';
  if (typeof value === 'object' && 'html' in value) return String(value.html);
  return String(value).replace(/[&<>"']/g, (letter) => ENTITIES[letter] as string);
}

const STYLE = `
:root{color-scheme:light dark;--ink:#1d2733;--soft:#55616e;--paper:#fff;--back:#f3f5f7;--line:#d5dbe1;--deed:#0b5d4e}
@media (prefers-color-scheme:dark){:root{--ink:#e8edf2;--soft:#a9b4bf;--paper:#1b232b;--back:#12181e;--line:#38434e;--deed:#66cdb6}}
*{box-sizing:border-box}
body{margin:0;background:var(--back);color:var(--ink);font:1.0625rem/1.55 system-ui,sans-serif}
main{max-width:34rem;margin:0 auto;padding:1.5rem 1rem 3rem}
section{background:var(--paper);border:1px solid var(--line);border-radius:.75rem;padding:1.25rem}
.shop,.note,dt{color:var(--soft)}
.shop{margin:.25rem 0 1rem}
h1{font-size:1.5rem;line-height:1.25;margin:0 0 .5rem}
.price{font-size:2rem;font-weight:650;margin:.25rem 0 1rem}
ul{margin:.25rem 0 1rem;padding-left:1.25rem}
dl{margin:1rem 0;padding:1rem 0 0;border-top:1px solid var(--line)}
dt{font-size:.9rem}dd{margin:0 0 .75rem}
li,dd,h1{overflow-wrap:anywhere}
form{display:grid;gap:.75rem;margin:1.25rem 0 0}
button,.go{display:block;width:100%;min-height:3rem;padding:.75rem 1rem;border:2px solid var(--deed);border-radius:.5rem;
font:inherit;font-weight:600;text-align:center;text-decoration:none;cursor:pointer;background:var(--deed);color:var(--paper)}
button.quiet{background:transparent;color:var(--ink);border-color:var(--line);font-weight:400}
:focus-visible{outline:3px solid var(--ink);outline-offset:2px}
.state{border-left:.3rem solid var(--deed);padding:.25rem 0 .25rem .9rem;margin:0 0 1rem}
.state p{margin:.25rem 0 0}.note{font-size:.95rem}`;

/** Nothing may be loaded, run or framed; the page's own style is known by its hash. */
const POLICY = [
  "default-src 'none'",
  `style-src 'sha256-${createHash('sha256').update(STYLE).digest('base64')}'`,
  "form-action 'self'",
  "frame-ancestors 'none'",
  "base-uri 'none'",
].join('; ');

const HEADERS = {
  'content-security-policy': POLICY,
  'referrer-policy': 'no-referrer',
  'x-frame-options': 'DENY',
  'x-robots-tag': 'noindex',
};

/** A whole page without scripts, pictures or third parties. */
export function page(
  status: number,
  title: string,
  content: Html,
  headers: Record<string, string> = {},
): PlainAnswer {
  const { html: body } = html`<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex"><title>${title}</title><style>${{ html: STYLE }}</style></head>
<body><main>${content}</main></body></html>
`;
  return { status, type: 'text/html; charset=utf-8', body, headers: { ...HEADERS, ...headers } };
}

/** A page that says one thing. */
export const notice = (
  status: number,
  title: string,
  text: string,
  headers: Record<string, string> = {},
): PlainAnswer => page(status, title, html`<section><h1>${title}</h1><p>${text}</p></section>`, headers);
