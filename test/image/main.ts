import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { dockerEngine, podmanEngine, type Engine } from './engine.ts';
import { prepareComposeFolder } from './compose-folder.ts';
import { proveImage, provePushes, proveReload, proveRights, proveStop } from './proofs.ts';
import { importStandIns } from './stand-in-images.ts';
import { buildImage } from './build-image.ts';

/** `main.ts docker | podman`; script/test-image calls it. Ends with 1 at the first thing that is not as it should be. */
const [engineName] = process.argv.slice(2);
const limitMs = 900_000;

const folder = await mkdtemp(join(tmpdir(), 'carillon-image-'));
const startedAt = performance.now();
const abort = new AbortController();
const stop = () => abort.abort(new Error('told to stop'));
process.once('SIGINT', stop).once('SIGTERM', stop);
const limit = setTimeout(() => abort.abort(new Error(`not done after ${limitMs / 1_000} s`)), limitMs);

function say(text: string): void {
  const seconds = ((performance.now() - startedAt) / 1_000).toFixed(1).padStart(6);
  console.log(`${seconds} s  ${text}`);
}

let engine: Engine | undefined;
try {
  engine =
    engineName === 'docker'
      ? dockerEngine(folder, abort.signal)
      : await podmanEngine(join(folder, 'podman'), abort.signal);
  say(`containers run by ${engine.name}`);
  if (engine.standIns) {
    await importStandIns(engine, join(folder, 'stand-ins'), say);
  }
  await buildImage(engine, say);
  await proveImage(engine, say);
  const compose = await prepareComposeFolder(engine, join(folder, 'carillon'));
  try {
    await compose.start(say);
    await proveRights(compose, say);
    await provePushes(compose, say);
    await proveReload(compose, say);
    await proveStop(compose, say);
  } catch (error) {
    console.log(await compose.logs());
    throw error;
  } finally {
    await compose.remove();
  }
  say('all of it is as it should be');
} catch (error) {
  console.error(`test-image: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = 1;
} finally {
  clearTimeout(limit);
  process.off('SIGINT', stop).off('SIGTERM', stop);
  await engine?.remove();
  await rm(folder, { recursive: true, force: true });
}
