import type { CustomerView, ViewState } from '../delivery/acceptance/index.ts';
import { formatMoney } from '../kernel/money.ts';
import type { TenantInfo } from '../platform/scope.ts';
import { type Html, html } from './html.ts';

interface Words {
  readonly title: string;
  readonly text: string;
}

/** What the customer reads, by state; `{price}` and `{shop}` are filled in. */
const WORDS: Record<Exclude<ViewState, 'OPEN'>, Words> = {
  PAYMENT_PENDING: {
    title: 'Thank you – we are reserving your payment',
    text: 'You accepted. {price} is being reserved; nothing is taken before your package sets off. Load this page again in a moment.',
  },
  PAYMENT_NEEDED: {
    title: 'One more step: your payment',
    text: 'You accepted, and your place is kept for a few minutes. Please confirm {price} on the payment page.',
  },
  PAID: {
    title: 'Accepted and reserved',
    text: '{price} is reserved, not taken yet. It is taken when your package sets off.',
  },
  UNDER_WAY: { title: 'Your package is under way', text: 'It has set off. {price} has been taken.' },
  DELIVERED: { title: 'Delivered', text: 'Your package has arrived. Thank you for ordering at {shop}.' },
  DECLINED: { title: 'You declined', text: 'Nothing was charged. Your order goes its usual way.' },
  EXPIRED: {
    title: 'This offer has ended',
    text: 'Its time is up. Nothing was charged, and your order goes its usual way.',
  },
  PAYMENT_LATE: {
    title: 'The payment came too late',
    text: 'The payment was not confirmed in time, so your place was given away. You pay nothing; a reservation is released.',
  },
  PAYMENT_DECLINED: {
    title: 'The payment was declined',
    text: 'Your bank or card did not agree. Nothing was charged, and your order goes its usual way.',
  },
  CANCELLED: {
    title: 'Cancelled, and not charged',
    text: 'We could not send your package this way. You pay nothing; a reservation is released.',
  },
  REFUNDED: {
    title: 'Cancelled, and paid back',
    text: 'We could not deliver your package this way. {price} goes back to where it came from.',
  },
};
const OWED: Words = {
  title: 'Cancelled – your money is coming back',
  text: 'We could not deliver your package this way. {price} is being paid back to where it came from.',
};

/** The title of the page in this state. */
export const titleOf = (view: CustomerView): string =>
  view.state === 'OPEN' ? view.offer.bundleName : wordsOf(view).title;

function wordsOf({ state, isOwed }: CustomerView): Words {
  if (state === 'CANCELLED' && isOwed) return OWED;
  return WORDS[state as Exclude<ViewState, 'OPEN'>];
}

/** The offer, what happens with the money, and the two answers; afterwards how it stands. */
export function offerPage(view: CustomerView, tenant: TenantInfo, problem: string | null): Html {
  const { offer, state } = view;
  const price = formatMoney({ amountMinor: offer.bundlePriceMinor, currency: offer.currency }, 'en');
  return html`<p class="shop">${tenant.name}</p><section>
${problem && html`<div class="state" role="alert"><strong>Not possible right now</strong><p>${problem}</p></div>`}
${state === 'OPEN' ? html`<h1>${offer.bundleName}</h1>` : standing(view, tenant, price)}
<p class="price">${price}</p>
<p>For your order:</p><ul>${offer.bundleItems.map((item) => html`<li>${item}</li>`)}</ul>
${state === 'OPEN' && open(view, tenant, price)}</section>`;
}

function standing(view: CustomerView, tenant: TenantInfo, price: string): Html {
  const { title, text } = wordsOf(view);
  const filled = text.replace('{price}', () => price).replace('{shop}', () => tenant.name);
  const pay = payLink(view.payUrl);
  return html`<div class="state" role="status"><h1>${title}</h1><p>${filled}</p></div>${pay}`;
}

/** Only web addresses: what a provider sends is not trusted with anything else. */
function payLink(url: string | null): Html | null {
  const isWeb = url !== null && /^https?:\/\//i.test(url) && URL.canParse(url);
  return isWeb ? html`<p><a class="go" href="${url}" rel="noreferrer">Go to payment</a></p>` : null;
}

function open({ offer }: CustomerView, tenant: TenantInfo, price: string): Html {
  const until = new Intl.DateTimeFormat('en', {
    ...{ dateStyle: 'long', timeStyle: 'short', timeZone: tenant.timeZone },
  }).format(offer.expiresAt);
  return html`<dl>
<dt>How it travels</dt><dd>By courier and, where it flies, by drone: about ${duration(offer.routeEtaMin)}.</dd>
<dt>Your money</dt><dd>When you accept, ${price} is reserved. It is taken only when your package sets off. If we cannot send it, the reservation is released; if it fails on the way, you get everything back.</dd>
<dt>Until</dt><dd><time datetime="${offer.expiresAt.toISOString()}">${until} (${tenant.timeZone})</time></dd></dl>
<form method="post">
<button name="answer" value="accept">Accept for ${price}</button>
<button class="quiet" name="answer" value="decline">No, thank you</button></form>
<p class="note">Nothing happens until you press a button. If you do nothing, your order goes its usual way.</p>`;
}

function duration(minutes: number): string {
  const hours = Math.ceil(minutes / 60);
  return minutes < 90 ? `${minutes} minutes` : `${hours} hours`;
}
