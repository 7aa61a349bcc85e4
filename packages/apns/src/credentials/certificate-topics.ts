import type { X509Certificate } from 'node:crypto';
import { pushTypes, topicFor } from '../payload/push-types.ts';
import type { PushTypeName } from '../payload/push-types.ts';

/**
 * Whether a certificate covers a topic, as far as it says so: Apple writes the bundle ID into its subject, and the
 * topics into an extension (1.2.840.113635.100.6.3.6), all as plain strings of ASN.1. A suffix counts as covered by
 * its bundle ID, since older certificates have no list.
 */
export function coversTopic(
  certificate: X509Certificate,
  topic: string,
  pushType: PushTypeName | undefined,
): boolean {
  const suffixed = topicFor(topic, pushType ?? 'alert');
  const names = [suffixed, ...bundleIdsOf(suffixed)];
  return names.some((name) => stringTags.some((tag) => certificate.raw.includes(derString(tag, name))));
}

/** UTF8String and PrintableString. */
const stringTags = [0x0c, 0x13] as const;

function derString(tag: number, text: string): Buffer {
  const bytes = Buffer.from(text);
  const length = bytes.length < 128 ? [bytes.length] : [0x81, bytes.length]; // topics have at most 255 characters
  return Buffer.from([tag, ...length, ...bytes]);
}

/** `com.example.app.voip` → `com.example.app`. */
function bundleIdsOf(topic: string): readonly string[] {
  return Object.values(pushTypes)
    .filter(({ suffix }) => suffix !== '' && topic.endsWith(suffix))
    .map(({ suffix }) => topic.slice(0, -suffix.length));
}
