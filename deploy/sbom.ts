import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * `node sbom.ts APP`: prints the bill of materials of an image (CycloneDX 1.6, JSON): the packages that are installed under APP, this
 * Node, and the Debian packages of the system. The build of the image calls it; it tells what is there, not what a lock file plans.
 */
const [app = '.'] = process.argv.slice(2);

/** What npm writes about what it has installed. */
const installed = json(join(app, 'node_modules/.package-lock.json')) as {
  readonly packages: Readonly<Record<string, Installed>>;
};
const carillon = json(join(app, 'package.json')) as { readonly version: string };

interface Installed {
  readonly version?: string;
  /** Set for our own packages, which are links. */
  readonly link?: boolean;
  readonly integrity?: string;
  readonly license?: string;
}

console.log(
  JSON.stringify(
    {
      bomFormat: 'CycloneDX',
      specVersion: '1.6',
      version: 1,
      metadata: {
        component: {
          type: 'application',
          'bom-ref': 'carillon',
          name: 'carillon',
          version: carillon.version,
        },
      },
      components: [...nodePackages(), node(), ...debianPackages()],
    },
    null,
    1,
  ),
);

function nodePackages(): readonly object[] {
  return Object.entries(installed.packages).flatMap(([path, { version, link, integrity, license }]) => {
    const name = path.split('node_modules/').at(-1) ?? '';
    if (version === undefined || link === true || !path.startsWith('node_modules/')) return [];
    if (!existsSync(join(app, path))) return []; // taken out of the image again
    return {
      type: 'library',
      'bom-ref': path,
      name,
      version,
      purl: `pkg:npm/${name.replace('@', '%40')}@${version}`,
      ...(license !== undefined && { licenses: [{ license: { name: license } }] }),
      ...(integrity !== undefined && { hashes: [hash(integrity)] }),
    };
  });
}

/** `sha512-BASE64` of npm as CycloneDX has it. */
function hash(integrity: string): object {
  const [algorithm = '', digest = ''] = integrity.split('-');
  return { alg: algorithm.replace('sha', 'SHA-'), content: Buffer.from(digest, 'base64').toString('hex') };
}

function node(): object {
  const version = process.versions.node;
  return {
    type: 'application',
    'bom-ref': 'node',
    name: 'node',
    version,
    purl: `pkg:generic/node@${version}`,
  };
}

function debianPackages(): readonly object[] {
  const paragraphs = readFileSync('/var/lib/dpkg/status', 'utf8').split('\n\n');
  return paragraphs.flatMap((paragraph) => {
    const field = (name: string) => new RegExp(`^${name}: (.*)$`, 'm').exec(paragraph)?.[1];
    const [name, version, arch] = [field('Package'), field('Version'), field('Architecture')];
    if (name === undefined || version === undefined) return [];
    const purl = `pkg:deb/debian/${name}@${encodeURIComponent(version)}?arch=${arch}`;
    return { type: 'library', 'bom-ref': `deb/${name}/${arch}`, name, version, purl };
  });
}

function json(path: string): unknown {
  return JSON.parse(readFileSync(path, 'utf8'));
}
