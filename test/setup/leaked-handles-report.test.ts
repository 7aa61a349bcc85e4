import { expect, test } from 'vitest';
import { leakedHandles } from './leaked-handles-report.ts';

test('names what is open now and was not before, with its number', () => {
  expect(leakedHandles(['PipeWrap'], ['Timeout', 'PipeWrap', 'TCPSocketWrap', 'Timeout'])).toEqual([
    'Timeout ×2',
    'TCPSocketWrap',
  ]);
});

test('says nothing when all that was opened is closed, or more', () => {
  expect(leakedHandles(['PipeWrap', 'PipeWrap'], ['PipeWrap'])).toEqual([]);
});
