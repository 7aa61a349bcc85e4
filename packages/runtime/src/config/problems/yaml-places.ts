import { isAlias, isMap, isNode, isPair, isScalar, isSeq, visit, type Document, type Node } from 'yaml';
import type { ConfigPath } from './config-error.ts';

/* From places in a YAML text to paths of the configuration, and back. */

/** The path of the last key or value that begins at an offset or before it. */
export function pathAt(document: Document.Parsed, offset: number): ConfigPath {
  let found: ConfigPath = [];
  visit(document, {
    Node(key, node, ancestors) {
      if (offsetOf(node) > offset) return visit.BREAK;
      found = pathOf(key, ancestors);
      return undefined;
    },
  });
  return found;
}

/** The path of what `visit` has come to, without the indexes of the lists that it passed. */
export function pathOf(key: unknown, ancestors: readonly unknown[]): ConfigPath {
  const keys = ancestors.flatMap((ancestor) => (isPair(ancestor) ? [keyText(ancestor.key)] : []));
  return typeof key === 'number' ? [...keys, key] : keys;
}

function keyText(key: unknown): string {
  return isScalar(key) && typeof key.value === 'string' ? key.value : '';
}

/** The node of the key at a path, or of the nearest key around it that stands in the file. */
export function nearestKey(document: Document.Parsed, path: ConfigPath): Node | undefined {
  let here: unknown = document.contents;
  let found: Node | undefined;
  for (const part of path) {
    if (isAlias(here)) here = here.resolve(document);
    if (isMap(here)) {
      const pair = here.items.find(({ key }) => keyText(key) === part);
      if (!isNode(pair?.key)) break;
      found = pair.key;
      here = pair.value;
    } else {
      const item: unknown = isSeq(here) && typeof part === 'number' ? here.items[part] : undefined;
      if (!isNode(item)) break;
      found = item;
      here = item;
    }
  }
  return found;
}

/** Where a node begins in the text; 0 for one that stands nowhere. */
export function offsetOf(node: Node): number {
  return node.range?.[0] ?? 0;
}
