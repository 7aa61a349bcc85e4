/** A value that nobody can change, at any depth. URLs stay as they are. */
export type Frozen<T> = T extends URL ? T : T extends object ? { readonly [K in keyof T]: Frozen<T[K]> } : T;

export function deepFreeze<T>(value: T): Frozen<T> {
  if (isPlain(value)) {
    for (const inner of Object.values(value)) deepFreeze(inner);
    Object.freeze(value);
  }
  return value as Frozen<T>;
}

/** Instances such as `URL` and `Buffer` keep and change their content in their own ways. */
function isPlain(value: unknown): value is object {
  if (typeof value !== 'object' || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return Array.isArray(value) || prototype === Object.prototype || prototype === null;
}
