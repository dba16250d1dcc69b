import { PAY_PREFIX, type PayView, payView } from '../delivery/charges/index.ts';
import { NotFoundError } from '../kernel/errors.ts';
import { formatMoney } from '../kernel/money.ts';
import type { PlainAnswer, PlainRoute } from '../platform/http/types.ts';
import type { Scope } from '../platform/scope.ts';
import { html, notice, page } from './html.ts';

const notFound = (): PlainAnswer => notice(404, 'Nothing here', 'There is nothing to pay here.');

/**
 * `/pay/<tenant slug>/<charge id>`: hands a customer on to a provider whose hosted checkout takes a form. The provider
 * comes back here too; then, and when nothing is left to pay, it leads to the offer's page.
 */
export function payPageRoute(scopeOf: (slug: string) => Promise<Scope>): PlainRoute {
  return {
    prefix: PAY_PREFIX,
    // What Razorpay posts when it comes back.
    maxBytes: 64 * 1024,
    async handle({ method, rest }) {
      const [slug = '', chargeId = '', ...more] = rest.split('/');
      if (!slug || !chargeId || more.length > 0) return notFound();
      try {
        const view = await payView(await scopeOf(slug), chargeId);
        if (!view) return notFound();
        if (method === 'GET' && view.form) return render(view, view.form);
        return notice(303, 'Thank you', 'The offer’s page shows how it stands.', { location: view.offerUrl });
      } catch (error) {
        if (error instanceof NotFoundError) return notFound();
        throw error;
      }
    },
  };
}

function render({ title, price, offerUrl }: PayView, form: NonNullable<PayView['form']>): PlainAnswer {
  const inputs = Object.entries(form.fields).map(
    ([name, value]) => html`<input type="hidden" name="${name}" value="${value}">`,
  );
  const content = html`<section><h1>${title}</h1><p class="price">${formatMoney(price, 'en')}</p>
<form method="post" action="${form.action}">${inputs}<button>Pay</button></form>
<p class="note"><a href="${offerUrl}">Back to the offer</a></p></section>`;
  const answer = page(200, title, content);
  const policy = answer.headers?.['content-security-policy'] ?? '';
  const target = `form-action ${new URL(form.action).origin}`;
  const headers = {
    ...answer.headers,
    'content-security-policy': policy.replace("form-action 'self'", target),
  };
  return { ...answer, headers };
}
