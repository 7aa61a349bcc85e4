/** What a process still lacks before it can do its work, by name: `redis`, `draining`. */
export interface Readiness {
  /** Nothing is missing when it is empty. */
  missing(): readonly string[];
  lack(name: string): void;
  have(name: string): void;
}

/** A process begins with what it has to wait for. */
export function createReadiness(...initially: readonly string[]): Readiness {
  const missing = new Set(initially);
  return {
    missing: () => [...missing],
    lack: (name) => void missing.add(name),
    have: (name) => void missing.delete(name),
  };
}
