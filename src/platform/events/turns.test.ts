import { expect, test } from 'vitest';
import { createTurns } from './turns.ts';

const tick = () => new Promise((resolve) => setImmediate(resolve));

test('so many at once, tenants in turns, and within a tenant whoever waited longest', async () => {
  const turns = createTurns(2);
  const order: string[] = [];
  let running = 0;
  let most = 0;
  const work = (name: string) => async () => {
    order.push(name);
    most = Math.max(most, ++running);
    await tick();
    running--;
    return name;
  };
  const all = ['a1', 'a2', 'a3', 'a4', 'a5', 'b1', 'c1', 'b2'].map((name) =>
    turns.run(name.slice(0, 1), work(name)),
  );
  expect(await Promise.all(all)).toEqual(['a1', 'a2', 'a3', 'a4', 'a5', 'b1', 'c1', 'b2']);
  expect(order).toEqual(['a1', 'a2', 'a3', 'b1', 'c1', 'a4', 'b2', 'a5']);
  expect(most).toBe(2);
});

test('a failure is its own', async () => {
  const turns = createTurns(1);
  const failing = turns.run('a', () => Promise.reject(new Error('no')));
  const fine = turns.run('a', async () => 'yes');
  await expect(failing).rejects.toThrow('no');
  expect(await fine).toBe('yes');
});

test('requests get their chance between two pieces of work', async () => {
  const turns = createTurns(1);
  let others = 0;
  const counting = setInterval(() => others++, 0);
  const seen: number[] = [];
  const spin = async () => {
    const end = performance.now() + 3;
    while (performance.now() < end);
    seen.push(others);
  };
  await Promise.all(Array.from({ length: 5 }, () => turns.run('a', spin)));
  clearInterval(counting);
  expect(seen.at(-1)).toBeGreaterThanOrEqual(3);
});
