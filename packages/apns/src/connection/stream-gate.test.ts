import { expect, test } from 'vitest';
import { StreamGate } from './stream-gate.ts';

test('lets in as many as the limit allows, and the next when one leaves', async () => {
  const gate = new StreamGate();
  expect(gate.tryEnter()).toBe(false);
  gate.setLimit(2);
  expect([gate.tryEnter(), gate.tryEnter(), gate.tryEnter()]).toEqual([true, true, false]);
  const waiting = gate.enter('high', 1_000);
  gate.leave();
  expect(await waiting).toBe('entered');
  expect(gate.used).toBe(2);
});

test('lets calls in before high before low, each in their order', async () => {
  const gate = new StreamGate();
  const order: string[] = [];
  const enter = async (lane: 'calls' | 'high' | 'low', name: string) => {
    await gate.enter(lane, 1_000);
    order.push(name);
    gate.leave();
  };
  const all = [
    enter('low', 'low 1'),
    enter('high', 'high 1'),
    enter('low', 'low 2'),
    enter('calls', 'call'),
    enter('high', 'high 2'),
  ];
  gate.setLimit(1);
  await Promise.all(all);
  expect(order).toEqual(['call', 'high 1', 'high 2', 'low 1', 'low 2']);
});

test('admits nobody above a limit that was lowered until enough have left', async () => {
  const gate = new StreamGate();
  gate.setLimit(3);
  for (let count = 0; count < 3; count += 1) gate.tryEnter();
  gate.setLimit(1);
  const waiting = gate.enter('high', 1_000);
  gate.leave();
  gate.leave();
  expect(gate.used).toBe(1);
  gate.leave();
  expect(await waiting).toBe('entered');
  expect(gate.used).toBe(1);
});

test('tells who waited too long, and gives the place to the next', async () => {
  const gate = new StreamGate();
  expect(await gate.enter('calls', 1)).toBe('too_late');
  const waiting = gate.enter('low', 1_000);
  gate.setLimit(1);
  expect(await waiting).toBe('entered');
  expect(gate.used).toBe(1);
});

test('turns everybody away once shut', async () => {
  const gate = new StreamGate();
  const waiting = gate.enter('low', 1_000);
  gate.shut();
  expect(await waiting).toBe('shut');
  gate.setLimit(5);
  expect(gate.tryEnter()).toBe(false);
  expect(await gate.enter('calls', 1_000)).toBe('shut');
});
