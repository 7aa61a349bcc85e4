import { createGlob, lanes as allLanes, type Lane, type ProviderModule } from '@carillon/core';
import type { AppConfig } from '@carillon/runtime';

/** Which deliveries a worker takes; an empty list means all. */
export interface WorkerChoice {
  /** Globs over the apps' names. */
  readonly apps: readonly string[];
  readonly types: readonly string[];
  readonly lanes: readonly Lane[];
}

export function chosenApps(
  apps: readonly AppConfig[],
  choice: WorkerChoice,
  providers: readonly ProviderModule[],
): readonly AppConfig[] {
  const globs = choice.apps.map(createGlob);
  // An alias such as `gcm` chooses what its canonical name does.
  const types = choice.types.map((type) => providers.find((one) => one.types.includes(type))?.types[0]);
  return apps.filter(
    ({ name, type }) =>
      (globs.length === 0 || globs.some((glob) => glob(name))) &&
      (types.length === 0 || types.includes(type)),
  );
}

export function chosenLanes({ lanes }: WorkerChoice): readonly Lane[] {
  return allLanes.filter((lane) => lanes.length === 0 || lanes.includes(lane));
}
