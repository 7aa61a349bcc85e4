/** Text from outside on one line of a terminal, where control characters could do anything. */
export function plainText(text: string, longest = 200): string {
  const plain = text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+/gu, ' ');
  return plain.length > longest ? `${plain.slice(0, longest)}…` : plain;
}
