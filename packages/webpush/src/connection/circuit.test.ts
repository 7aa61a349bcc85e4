import { expect, test } from 'vitest';
import { createCircuit } from './circuit.ts';

function setup() {
  let now = 0;
  const circuit = createCircuit(() => now);
  const fail = (times: number): void => {
    for (let count = 0; count < times; count += 1) circuit.failed();
  };
  return { circuit, fail, advance: (ms: number) => void (now += ms) };
}

test('opens after five failures in a row for 10 s', () => {
  const { circuit, fail, advance } = setup();
  fail(4);
  expect(circuit.waitMs()).toBeUndefined();
  fail(1);
  expect(circuit.waitMs()).toBe(10_000);
  advance(9_999);
  expect(circuit.waitMs()).toBe(1);
});

test('does not open when a success comes between', () => {
  const { circuit, fail } = setup();
  fail(4);
  circuit.succeeded();
  fail(4);
  expect(circuit.waitMs()).toBeUndefined();
});

test('lets one send try after the rest; its success closes', () => {
  const { circuit, fail, advance } = setup();
  fail(5);
  advance(10_000);
  expect([circuit.waitMs(), circuit.waitMs()]).toEqual([undefined, 2_000]);
  circuit.succeeded();
  expect([circuit.waitMs(), circuit.waitMs()]).toEqual([undefined, undefined]);
});

test('rests twice as long after each failed try, up to 5 min', () => {
  const { circuit, fail, advance } = setup();
  fail(5);
  const rests: (number | undefined)[] = [];
  for (let count = 0; count < 7; count += 1) {
    const rest = circuit.waitMs() ?? 0;
    rests.push(rest);
    advance(rest);
    expect(circuit.waitMs()).toBeUndefined();
    circuit.failed();
  }
  expect(rests).toEqual([10_000, 20_000, 40_000, 80_000, 160_000, 300_000, 300_000]);
});

test('does not count the late failures of sends from before', () => {
  const { circuit, fail } = setup();
  fail(50);
  expect(circuit.waitMs()).toBe(10_000);
});

test('lets another try when the first came to nothing', () => {
  const { circuit, fail, advance } = setup();
  fail(5);
  advance(10_000);
  expect(circuit.waitMs()).toBeUndefined();
  circuit.abandoned();
  expect(circuit.waitMs()).toBeUndefined();
});
