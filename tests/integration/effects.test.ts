import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import {
  addEffects,
  backoffSec,
  type Effect,
  EffectDelayed,
  EffectRefused,
  handleEffects,
  listEffects,
  runEffects,
  skipEffects,
} from '../../src/control/effects/index.ts';
import { createScope, type Scope } from '../../src/platform/scope.ts';
import { type OpenTestDatabase, testDatabase } from '../kit/database.ts';
import { type TestScope, testScope, testSource } from '../kit/scope.ts';

let database: OpenTestDatabase;
let tenant: TestScope;
let scope: Scope;
const later = (seconds: number) => tenant.at(new Date(scope.now.getTime() + seconds * 1000));

/** Another system: what was done there, in order, and how it behaves next. */
const outside = {
  done: [] as string[],
  looked: [] as string[],
  settled: [] as string[],
  failed: [] as string[],
  execute: async (_effect: Effect): Promise<void> => {},
  settle: async (_effect: Effect): Promise<void> => {},
};
const nameOf = (effect: Effect) => (effect.payload as { name: string }).name;

handleEffects<unknown, string>({
  kind: 'test.effect',
  async execute(_scope, effect) {
    await outside.execute(effect);
    outside.done.push(nameOf(effect));
    return 'EXECUTED';
  },
  async reconcile(_scope, effect) {
    outside.looked.push(nameOf(effect));
    return outside.done.includes(nameOf(effect)) ? 'FOUND' : null;
  },
  async settle(_scope, _tx, effect, result) {
    await outside.settle(effect);
    outside.settled.push(`${nameOf(effect)} ${result}`);
  },
  async fail(_scope, _tx, effect, { status, reason }) {
    outside.failed.push(`${nameOf(effect)} ${status} ${reason}`);
  },
});

beforeAll(async () => {
  database = await testDatabase();
});
beforeEach(async () => {
  tenant = await testScope(database.database);
  scope = tenant.scope;
  Object.assign(outside, { done: [], looked: [], settled: [], failed: [] });
  outside.execute = async () => {};
  outside.settle = async () => {};
});
afterAll(() => database.close());

const add = (names: string[], subject = 's', at: Scope = scope) =>
  at.db.tx((tx) =>
    addEffects(
      at,
      tx,
      names.map((name) => ({ kind: 'test.effect', subject, step: name, payload: { name } })),
    ),
  );

/** `STATUS attempts error +seconds until the next attempt`, oldest first. */
async function rows(at: Scope = scope): Promise<string[]> {
  const { edges } = await listEffects(at, { last: 100 });
  return edges
    .map(({ node }) => node)
    .reverse()
    .map(({ status, attempts, lastError, nextAt }) => {
      const wait = Math.round((nextAt.getTime() - at.now.getTime()) / 1000);
      return `${status} ${attempts} ${lastError ?? '-'}${status === 'PENDING' || status === 'UNKNOWN' ? ` +${wait}` : ''}`;
    });
}

test('effects of one subject run in order, each once; the same step is added once', async () => {
  expect(await add(['a', 'b', 'c'])).toHaveLength(3);
  expect(await add(['b'])).toHaveLength(0);
  expect(await runEffects(scope)).toBe(3);
  expect(outside.settled).toEqual(['a EXECUTED', 'b EXECUTED', 'c EXECUTED']);
  expect(await rows()).toEqual(['SENT 1 -', 'SENT 1 -', 'SENT 1 -']);
  expect(await runEffects(scope)).toBe(0);
});

test('an instance whose clock is a minute behind still adds after what is there', async () => {
  await add(['first'], 's', later(60));
  await add(['second'], 's', scope);
  await runEffects(later(61));
  expect(outside.done).toEqual(['first', 'second']);
});

test('what is delayed waits longer each time, and its successors with it', async () => {
  expect([1, 2, 3, 4, 5, 6, 7].map(backoffSec)).toEqual([5, 15, 60, 300, 900, 1800, 1800]);
  outside.execute = async () => {
    throw new EffectDelayed('BUSY');
  };
  await add(['a', 'b']);
  await runEffects(scope);
  expect(await rows()).toEqual(['PENDING 1 BUSY +5', 'PENDING 0 - +0']);
  expect(await runEffects(later(4))).toBe(0);
  await runEffects(later(5));
  expect(await rows(later(5))).toEqual(['PENDING 2 BUSY +15', 'PENDING 0 - +-5']);
  outside.execute = async () => {};
  await runEffects(later(20));
  expect(outside.done).toEqual(['a', 'b']);
  expect(outside.looked).toEqual([]);
});

test('the other side may ask for more time', async () => {
  outside.execute = async () => {
    throw new EffectDelayed('429', 90);
  };
  await add(['a']);
  await runEffects(scope);
  expect(await rows()).toEqual(['PENDING 1 429 +90']);
});

test('a definite no ends it, and the next one goes on', async () => {
  outside.execute = async (effect) => {
    if (nameOf(effect) === 'a') throw new EffectRefused('NO');
  };
  await add(['a', 'b']);
  await runEffects(scope);
  expect(await rows()).toEqual(['FAILED 1 NO', 'SENT 1 -']);
  expect(outside.failed).toEqual(['a FAILED NO']);
});

test('an answer that was lost is looked up before anything else is done', async () => {
  outside.execute = async (effect) => {
    outside.done.push(nameOf(effect));
    throw new Error('socket hang up');
  };
  await add(['a', 'b']);
  await runEffects(scope);
  expect(await rows()).toEqual(['UNKNOWN 1 socket hang up +5', 'PENDING 0 - +0']);
  outside.execute = async () => {};
  await runEffects(later(5));
  expect(outside.settled).toEqual(['a FOUND', 'b EXECUTED']);
  expect(outside.done).toEqual(['a', 'b']);
});

test('a request that never arrived is sent again after the look', async () => {
  outside.execute = async () => {
    throw new Error('ETIMEDOUT');
  };
  await add(['a']);
  await runEffects(scope);
  outside.execute = async () => {};
  await runEffects(later(5));
  expect([outside.looked, outside.settled]).toEqual([['a'], ['a EXECUTED']]);
});

test('a process that was killed while sending leaves nothing undone and nothing done twice', async () => {
  await add(['arrived', 'after'], 's1');
  await add(['lost'], 's2');
  outside.done.push('arrived');
  const claim = (seconds: number) =>
    scope.db.run(
      `UPDATE effect SET status = 'SENDING', attempts = 1, lease_until = clock_timestamp() + make_interval(secs => $2)
       WHERE tenant_id = $1 AND payload->>'name' IN ('arrived', 'lost')`,
      [scope.tenantId, seconds],
    );
  await claim(30);
  expect(await runEffects(later(3600))).toBe(0);
  await claim(-1);
  await runEffects(scope);
  expect(outside.done.toSorted()).toEqual(['after', 'arrived', 'lost']);
  expect(outside.settled.toSorted()).toEqual(['after EXECUTED', 'arrived FOUND', 'lost EXECUTED']);
});

test('a runner that lost its lease does not settle after its successor', async () => {
  await add(['a']);
  outside.execute = async () => {
    if (outside.looked.length > 0) return;
    await scope.db.run(
      `UPDATE effect SET lease_until = clock_timestamp() - interval '1 second' WHERE tenant_id = $1`,
      [scope.tenantId],
    );
    await runEffects(scope);
  };
  await runEffects(scope);
  expect(outside.settled).toEqual(['a EXECUTED']);
  expect(await rows()).toEqual(['SENT 2 -']);
});

test('what cannot be written down is looked up again', async () => {
  await add(['a']);
  outside.settle = async () => {
    throw new Error('the database was away');
  };
  await runEffects(scope);
  expect(await rows()).toEqual(['UNKNOWN 1 the database was away +5']);
  outside.settle = async () => {};
  await runEffects(later(5));
  expect([outside.done, outside.settled]).toEqual([['a'], ['a FOUND']]);
});

test('after three days it is given up, visibly', async () => {
  outside.execute = async () => {
    throw new EffectDelayed('BUSY');
  };
  await add(['a', 'b']);
  const hours = (n: number) => later(n * 3600 + 60);
  await runEffects(hours(71));
  expect((await rows(hours(71)))[0]).toBe('PENDING 1 BUSY +5');
  outside.execute = async (effect) => {
    if (nameOf(effect) === 'a') throw new EffectDelayed('BUSY');
  };
  await runEffects(hours(72));
  expect(await rows(hours(72))).toEqual(['DEAD 2 BUSY', 'SENT 1 -']);
  expect(outside.failed).toEqual(['a DEAD BUSY']);
});

test('only what nobody has attempted can be skipped', async () => {
  outside.execute = async () => {
    throw new EffectDelayed('BUSY');
  };
  await add(['a', 'b']);
  await runEffects(scope);
  expect(
    await scope.db.tx((tx) => skipEffects(tx, scope.tenantId, { subject: 's', kind: 'test.effect' })),
  ).toBe(1);
  expect(await rows()).toEqual(['PENDING 1 BUSY +5', 'SKIPPED 0 -']);
});

test('two runners over a hundred subjects do everything once, in order', async () => {
  outside.execute = () => new Promise((resolve) => setTimeout(resolve, Math.random() * 3));
  for (let i = 0; i < 40; i++) await add([`${i}.1`, `${i}.2`, `${i}.3`], `subject ${i}`);
  const second = createScope(testSource(database.database), tenant.tenant, scope.actor, scope.now);
  await Promise.all([runEffects(scope), runEffects(second), runEffects(scope)]);
  expect(outside.done).toHaveLength(120);
  expect(new Set(outside.done).size).toBe(120);
  expect(outside.settled).toHaveLength(120);
  for (let i = 0; i < 40; i++) {
    const own = outside.done.filter((name) => name.startsWith(`${i}.`));
    expect(own).toEqual([`${i}.1`, `${i}.2`, `${i}.3`]);
  }
});

test('an effect that no part of this program knows waits for one that does', async () => {
  await scope.db.tx((tx) =>
    addEffects(scope, tx, [{ kind: 'test.unheard', subject: 's', step: '1', payload: {} }]),
  );
  expect(await runEffects(scope)).toBe(0);
  expect(await rows()).toEqual(['PENDING 0 - +0']);
});
