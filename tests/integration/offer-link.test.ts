import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { CreateOfferLinkDocument } from '../../operations/generated/graphql.ts';
import { signLink } from '../../src/delivery/acceptance/index.ts';
import { lockOffer, moveOffer, type Offer, offersById } from '../../src/delivery/offers/index.ts';
import { DAY_MS, HOUR_MS } from '../../src/kernel/time.ts';
import type { Scope } from '../../src/platform/scope.ts';
import { setDrones } from '../kit/flags.ts';
import { startServer, type TestServer } from '../kit/server.ts';
import { detectAll, putOrders } from './delivery-kit.ts';
import { allOffers, generate, NOW, rare } from './offer-kit.ts';

const PEPPER = 'test-pepper-0123456789';
const NAME = `<script>alert("1")</script>'s Vase & Co`;
let server: TestServer;
let now = NOW;
let shop = 0;
let scope: Scope;
let offer: Offer;
let link: string;

beforeAll(async () => {
  server = await startServer({ clock: () => now });
});
afterAll(() => server.stop());

/** A tenant of its own with one open offer and its link. */
beforeEach(async () => {
  now = NOW;
  const slug = `shop-${++shop}`;
  await server.createTenant({ slug, name: NAME, timeZone: 'Europe/Berlin' });
  scope = await server.app.tenantScope(slug);
  const everyday = Array.from({ length: 60 }, (_, n) => ({
    ...{ key: `e${n}`, items: ['cup'], totalMinor: 1000 + n, delivery: null },
    placedAt: new Date(NOW.getTime() - (40 - n / 2) * DAY_MS),
  }));
  await putOrders(scope, [...everyday, rare('gold', { items: [NAME, 'b', 'c', 'd', 'e'] })]);
  await detectAll(scope);
  expect((await generate(scope)).actionsCreated).toBe(1);
  offer = (await allOffers(scope))[0] as Offer;
  const id = Buffer.from(`Offer:${offer.id}`).toString('base64');
  const made = await server.client(undefined, slug).run(CreateOfferLinkDocument, { input: { id } });
  if (made.createOfferLink.__typename !== 'OfferLinkPayload') throw new Error('no link');
  link = made.createOfferLink.url;
});

const wait = (hours: number) => {
  now = new Date(NOW.getTime() + hours * HOUR_MS);
};
const stored = async () => (await offersById(scope, [offer.id]))[0] as Offer;
const look = async (url = link) => {
  const response = await fetch(url, { redirect: 'manual' });
  return { status: response.status, text: await response.text(), headers: response.headers };
};
const answer = async (value: string, url = link) => {
  const response = await fetch(url, {
    ...{ method: 'POST', redirect: 'manual', body: new URLSearchParams({ answer: value }) },
  });
  return { status: response.status, text: await response.text(), headers: response.headers };
};
const claims = (change = {}) => ({
  ...{ tenantId: scope.tenantId, offerId: offer.id, expiresAt: offer.expiresAt },
  ...change,
});
const urlOf = (token: string) => `${new URL(link).origin}/offers/${token}`;

describe('the page of an offer', () => {
  it('shows it in plain, escaped HTML that may load and run nothing', async () => {
    const { status, text, headers } = await look();
    expect(status).toBe(200);
    expect(headers.get('content-type')).toBe('text/html; charset=utf-8');
    expect(headers.get('content-security-policy')).toMatch(
      /^default-src 'none'; style-src 'sha256-[\w+/]+='; form-action 'self'; frame-ancestors 'none'; base-uri 'none'$/,
    );
    expect(headers.get('cache-control')).toBe('no-store');
    expect(headers.get('referrer-policy')).toBe('no-referrer');
    expect(text).toContain('<h1>Rare drone-drop bundle</h1>');
    expect(text).toContain('₹5,000.00');
    expect(text).toContain('&lt;script&gt;alert(&quot;1&quot;)&lt;/script&gt;&#39;s Vase &amp; Co');
    expect(text).not.toMatch(/<script|<img|<link|https?:/i);
    expect(text).toContain('November 21, 2026 at 1:00 PM (Europe/Berlin)');
    expect(text).toContain('It is taken only when your package sets off.');
    expect(text).toContain('lang="en"');
    expect(text).toContain('width=device-width');
    expect(text.match(/<button /g)).toHaveLength(2);
  });

  it('changes nothing by being looked at, however often', async () => {
    for (let i = 0; i < 3; i++) await look();
    expect(await stored()).toEqual(offer);
  });

  it('accepts with the token, once, and shows how it stands', async () => {
    const accepted = await answer('accept');
    expect([accepted.status, accepted.headers.get('location')]).toEqual([303, link.split('/').at(-1)]);
    expect(await stored()).toMatchObject({ status: 'PAYMENT_AUTHORIZED', answeredVia: 'LINK' });
    const again = await answer('accept');
    expect(again.status).toBe(303);
    expect((await stored()).version).toBe(3);
    const { text } = await look();
    expect(text).toContain('Accepted and reserved');
    expect(text).not.toContain('<button');
    const declined = await answer('decline');
    expect(declined.status).toBe(409);
    expect(declined.text).toContain('has been answered or has ended');
    expect((await stored()).status).toBe('PAYMENT_AUTHORIZED');
  });

  it('declines with the token', async () => {
    expect((await answer('decline')).status).toBe(303);
    expect(await stored()).toMatchObject({ status: 'DECLINED', answeredVia: 'LINK' });
    expect((await look()).text).toContain('You declined');
    expect((await answer('accept')).status).toBe(409);
  });

  it('tells the whole way to the end, also after its own time', async () => {
    await answer('accept');
    const move = async (to: 'DISPATCHED' | 'DELIVERED' | 'REFUNDED') => {
      const then = await server.app.tenantScope(scope.tenantId);
      await then.db.tx(async (tx) => moveOffer(then, tx, await lockOffer(tx, then.tenantId, offer.id), to));
    };
    await move('DISPATCHED');
    expect((await look()).text).toContain('Your package is under way');
    wait(24 * 3);
    await move('DELIVERED');
    expect((await look()).text).toContain('Delivered');
    expect((await answer('accept')).status).toBe(303);
    await move('REFUNDED');
    expect((await look()).text).toContain('goes back to where it came from');
    wait(24 * 40);
    expect((await look()).status).toBe(410);
  });

  it('leads to the payment page when the customer must confirm', async () => {
    await answer('accept');
    const set = (url: string) =>
      scope.db.tx(async (tx) => {
        await tx.run(`UPDATE offer SET status = 'ACCEPTED' WHERE tenant_id = $1`, [scope.tenantId]);
        await tx.run(`UPDATE charge SET status = 'REQUIRES_ACTION', action_url = $2 WHERE tenant_id = $1`, [
          ...[scope.tenantId, url],
        ]);
      });
    await set('https://pay.example.com/?a=1&b="2"');
    expect((await look()).text).toContain('href="https://pay.example.com/?a=1&amp;b=&quot;2&quot;"');
    await set('javascript:alert(1)');
    expect((await look()).text).not.toContain('javascript:');
  });
});

describe('a link that is not right', () => {
  it.each([
    ['nothing', () => ''],
    ['a word', () => 'offer'],
    ['another secret', () => signLink(claims(), 'another-pepper-0123456789')],
    ['another tenant', () => signLink(claims({ tenantId: '018f0000-0000-7000-8000-000000000000' }), PEPPER)],
    [
      'an offer nobody has',
      () => signLink(claims({ offerId: '018f0000-0000-7000-8000-000000000000' }), PEPPER),
    ],
    [
      'a changed letter',
      () =>
        link
          .split('/')
          .at(-1)
          ?.replace(/.$/, (last) => (last === 'A' ? 'B' : 'A')) as string,
    ],
    ['a megabyte', () => 'x'.repeat(10_000)],
    ['percent signs', () => '%00%ff'],
  ])('is a plain 404 that tells nothing: %s', async (_name, token) => {
    for (const { status, text } of [await look(urlOf(token())), await answer('accept', urlOf(token()))]) {
      expect(status).toBe(404);
      expect(text).toContain('This link does not lead to an offer.');
      expect(text).not.toContain('Vase');
    }
    expect(await stored()).toEqual(offer);
  });

  it('shows no other tenant’s offer: a token signed for one tenant and the offer of another', async () => {
    await server.createTenant({ slug: `other-${shop}` });
    const other = await server.app.tenantScope(`other-${shop}`);
    const token = signLink(claims({ tenantId: other.tenantId }), PEPPER);
    expect((await look(urlOf(token))).status).toBe(404);
    expect((await answer('accept', urlOf(token))).status).toBe(404);
  });

  it('has ended with the offer, and tells nothing any more', async () => {
    wait(24);
    const { status, text } = await look();
    expect(status).toBe(410);
    expect(text).not.toContain('Vase');
    expect((await answer('accept')).status).toBe(410);
    expect(await stored()).toEqual(offer);
  });

  it.each(['HEAD', 'PUT', 'DELETE', 'PATCH', 'OPTIONS'])('%s is 405', async (method) => {
    const { status, headers } = await fetch(link, { method });
    expect([status, headers.get('allow')]).toEqual([405, 'GET, POST']);
  });

  it('takes an answer and nothing else', async () => {
    expect((await answer('maybe')).status).toBe(400);
    const nothing = await fetch(link, { method: 'POST' });
    expect(nothing.status).toBe(400);
    const big = await fetch(link, { method: 'POST', body: `answer=accept&${'x'.repeat(500)}` });
    expect(big.status).toBe(413);
    expect(await stored()).toEqual(offer);
  });
});

describe('what cannot be done right now', () => {
  it('is said calmly, and the offer stays open', async () => {
    await setDrones(scope, false);
    const held = await answer('accept');
    expect(held.status).toBe(409);
    expect(held.text).toContain('Deliveries are paused at the moment. Nothing was charged.');
    expect(held.text).toContain('Accept for ₹5,000.00');
    await setDrones(scope, true);
    await scope.db.tx((tx) =>
      tx.run('UPDATE hub SET reserved = capacity WHERE tenant_id = $1', [scope.tenantId]),
    );
    expect((await answer('accept')).text).toContain('All places are taken at the moment.');
    expect(await stored()).toEqual(offer);
  });

  it('a link exists only for an offer that is out', async () => {
    await answer('decline');
    const id = Buffer.from(`Offer:${offer.id}`).toString('base64');
    const { createOfferLink } = await server
      .client(undefined, scope.tenant.slug)
      .run(CreateOfferLinkDocument, { input: { id } });
    expect(createOfferLink).toMatchObject({ __typename: 'InvalidTransition' });
  });
});
