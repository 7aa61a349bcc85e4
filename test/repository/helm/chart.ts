import { globSync } from 'node:fs';
import { basename, join } from 'node:path';
import { parseAllDocuments } from 'yaml';
import { root } from '../root.ts';
import { run } from '../run.ts';

/** An object that the chart makes. */
export interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly labels?: Readonly<Record<string, string>> };
}

export const chart = join(root, 'deploy/helm/carillon');
export const kubernetesVersions = ['1.30', '1.37'] as const;
export const valueFiles = globSync('*.yaml', { cwd: join(import.meta.dirname, 'values') }).toSorted();
const helm = join(root, 'node_modules/.bin/helm');

/** What `helm ARGS` says; script/bootstrap brings it where there is none. */
export async function callHelm(...args: readonly string[]) {
  return run(helm, args, { env: process.env });
}

export const valuesPath = (file: string) => join(import.meta.dirname, 'values', basename(file));

/** What `helm install carillon` would make with these values. */
export async function render(file: string, ...more: readonly string[]): Promise<readonly Manifest[]> {
  const args = ['template', 'carillon', chart, '--values', valuesPath(file), ...more];
  const { code, stdout, stderr } = await callHelm(...args);
  if (code !== 0) throw new Error(`helm ${args.join(' ')}: ${stderr}`);
  return parseAllDocuments(stdout, { merge: true }).flatMap((document) => {
    const [error] = document.errors;
    if (error !== undefined) throw error;
    const manifest = document.toJS() as Manifest | null; // an empty document
    return manifest ?? [];
  });
}

/** All objects of a kind, in the form that its schema gives them. */
export function allOf(manifests: readonly Manifest[], kind: string): readonly unknown[] {
  return manifests.filter((manifest) => manifest.kind === kind);
}

/** The only one of a kind with that name. */
export function theOne(manifests: readonly Manifest[], kind: string, name: string): unknown {
  const found = manifests.filter((manifest) => manifest.kind === kind && manifest.metadata.name === name);
  if (found.length !== 1) throw new Error(`${found.length} of ${kind} ${name}`);
  return found[0];
}
