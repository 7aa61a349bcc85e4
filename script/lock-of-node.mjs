// `node lock-of-node.mjs FOLDER`: writes a package.json and a package-lock.json that bring Node alone, the version and
// checksum of this checkout's lock file. For script/bootstrap, on whatever Node is there already: no TypeScript.
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const folder = process.argv[2];
const lock = JSON.parse(
  readFileSync(fileURLToPath(new URL('../package-lock.json', import.meta.url)), 'utf8'),
);
const { optionalDependencies } = lock.packages[''];

const manifest = { name: 'node-of-carillon', version: '1.0.0', optionalDependencies };
const packages = { '': manifest };
for (const name of Object.keys(optionalDependencies)) {
  packages[`node_modules/${name}`] = lock.packages[`node_modules/${name}`];
}
writeFileSync(`${folder}/package.json`, JSON.stringify(manifest));
writeFileSync(
  `${folder}/package-lock.json`,
  JSON.stringify({ name: manifest.name, version: manifest.version, lockfileVersion: 3, packages }),
);
