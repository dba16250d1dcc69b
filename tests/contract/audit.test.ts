import { serverAudits } from 'graphql-http';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startToy, type Toy } from './toy.ts';

/** The audits send GETs as a page of any origin could; ours want a header that proves they are not. */
const fetchFn = (url: string, init: RequestInit = {}) => {
  const headers = new Headers(init.headers);
  if ((init.method ?? 'GET') === 'GET') headers.set('x-csrf-prevention', '1');
  return fetch(url, { ...init, headers });
};

describe.each([
  ['the straight way', true],
  ['the way through Yoga', false],
])('GraphQL over HTTP audits, %s', (_name, straight) => {
  let toy: Toy;
  beforeAll(async () => {
    toy = await startToy({ straight, limits: { ratePerMinute: 10_000 } });
  });
  afterAll(() => toy.stop());

  const audits = serverAudits({ url: () => toy.url, fetchFn });
  test.each(audits.map((audit) => [`${audit.id} ${audit.name}`, audit] as const))(
    '%s',
    async (_audit, audit) => {
      const result = await audit.fn();
      expect(result.status, 'reason' in result ? result.reason : '').toBe('ok');
    },
  );
});
