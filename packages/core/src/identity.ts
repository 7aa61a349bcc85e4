import { hash } from 'node:crypto';
import type { Device } from './notification.ts';

/** 128 bits of SHA-256 as base64url without padding, 22 characters. Names a thing without showing it. */
export function shortHash(text: string): string {
  return hash('sha256', text, 'base64url').slice(0, 22);
}

/**
 * What makes two requests the same ring (invariant 3): event, app, pushkey and the device's `data`. The data
 * belong to it because two accounts on one phone share a pushkey and differ only there; they are compared as
 * JSON, whatever the order of keys.
 */
export function deliveryIdentity(eventKey: string, device: Device): string {
  return shortHash(
    JSON.stringify([eventKey, device.appId, device.pushkey, canonicalJson(device.data ?? null)]),
  );
}

/**
 * What a registration is known and rejected under (invariant 5): the pushkey of one app, and what it is delivered to. The
 * key of someone else's subscription with an endpoint of one's own is another registration, and its death is not theirs.
 */
export function registrationKey({
  appId,
  pushkey,
  address,
}: Pick<Device, 'appId' | 'pushkey' | 'address'>): string {
  return shortHash(JSON.stringify(address === undefined ? [appId, pushkey] : [appId, pushkey, address]));
}

/** The device as one that is addressed by more than its pushkey; as it is for undefined. */
export function withAddress(device: Device, address: string | undefined): Device {
  return address === undefined ? device : { ...device, address: shortHash(address) };
}

/**
 * JSON with the keys of every object sorted. Iterative, because a request may nest deeper than the stack.
 * Absent, null and empty `data` are told apart from all else but not from each other: homeservers differ in
 * which of the three they send for "only a url".
 */
function canonicalJson(value: unknown): string {
  if (value === null || (typeof value === 'object' && Object.keys(value).length === 0)) return '';
  const parts: string[] = [];
  const stack: ({ readonly text: string } | { readonly value: unknown })[] = [{ value }];
  for (let item = stack.pop(); item !== undefined; item = stack.pop()) {
    if ('text' in item) {
      parts.push(item.text);
    } else if (typeof item.value !== 'object' || item.value === null) {
      parts.push(JSON.stringify(item.value));
    } else if (Array.isArray(item.value)) {
      stack.push({ text: ']' });
      for (const element of item.value.toReversed()) stack.push({ text: ',' }, { value: element });
      stack.push({ text: '[' });
    } else {
      const entries = Object.entries(item.value).toSorted(([a], [b]) => (a < b ? 1 : -1));
      stack.push({ text: '}' });
      for (const [key, element] of entries)
        stack.push({ text: ',' }, { value: element }, { text: `${JSON.stringify(key)}:` });
      stack.push({ text: '{' });
    }
  }
  return parts.join('');
}
