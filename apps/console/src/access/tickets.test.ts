import { expect, test } from 'vitest';
import { createTickets } from './tickets.ts';

test('a ticket ends by its time, and when there are too many', () => {
  let now = 0;
  const tickets = createTickets(() => now);
  const first = tickets.ticketFor('a', 'alice');
  expect([tickets.secretOf(first, 'alice'), tickets.secretOf(first, 'bob')]).toEqual(['a', undefined]);
  now += 30 * 60_000;
  expect(tickets.secretOf(first, 'alice')).toBeUndefined();
  const all = Array.from({ length: 101 }, () => tickets.ticketFor('b', 'alice'));
  expect(all.filter((ticket) => tickets.secretOf(ticket, 'alice') === undefined)).toEqual(all.slice(0, 1));
});
