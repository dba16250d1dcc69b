import { PAY_PREFIX, type PayView, payView } from '../delivery/charges/index.ts';
import { NotFoundError } from '../kernel/errors.ts';
import { formatMoney } from '../kernel/money.ts';
import type { PlainAnswer, PlainRoute } from '../platform/http/types.ts';
import type { Scope } from '../platform/scope.ts';

const HTML = 'text/html; charset=utf-8';

const escaped = (text: string): string =>
  text.replace(/[&<>"']/g, (character) => `&#${character.codePointAt(0)};`);

const page = (title: string, body: string): string =>
  `<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<meta name="robots" content="noindex"><title>${escaped(title)}</title></head><body>${body}</body></html>`;

function answer(status: number, body: string, formTarget = "'none'"): PlainAnswer {
  const policy = `default-src 'none'; form-action ${formTarget}; base-uri 'none'; frame-ancestors 'none'`;
  const headers = { 'content-security-policy': policy, 'referrer-policy': 'no-referrer' };
  return { status, type: HTML, body, headers };
}

const notFound = (): PlainAnswer => answer(404, page('Not found', '<p>There is nothing to pay here.</p>'));

/**
 * `/pay/<tenant slug>/<charge id>`: hands a customer on to a provider whose hosted checkout takes a form. The provider
 * comes back here too; then, and when nothing is left to pay, it leads to the offer's page.
 */
export function payPageRoute(scopeOf: (slug: string) => Promise<Scope>): PlainRoute {
  return {
    prefix: PAY_PREFIX,
    maxBytes: 64 * 1024,
    async handle({ method, rest }) {
      const [slug = '', chargeId = '', ...more] = rest.split('/');
      if (!slug || !chargeId || more.length > 0) return notFound();
      try {
        const view = await payView(await scopeOf(slug), chargeId);
        if (!view) return notFound();
        if (method !== 'GET' || !view.form) {
          return { ...answer(303, ''), headers: { location: view.offerUrl } };
        }
        return answer(200, render(view, view.form), new URL(view.form.action).origin);
      } catch (error) {
        if (error instanceof NotFoundError) return notFound();
        throw error;
      }
    },
  };
}

function render(
  { title, price, offerUrl }: PayView,
  { action, fields }: NonNullable<PayView['form']>,
): string {
  const inputs = Object.entries(fields).map(
    ([name, value]) => `<input type="hidden" name="${escaped(name)}" value="${escaped(value)}">`,
  );
  return page(
    title,
    `<h1>${escaped(title)}</h1><p>${escaped(formatMoney(price, 'en'))}</p>
<form method="post" action="${escaped(action)}">${inputs.join('')}<button>Pay</button></form>
<p><a href="${escaped(offerUrl)}">Back to the offer</a></p>`,
  );
}
