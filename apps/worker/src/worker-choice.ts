import { createGlob, lanes as allLanes, type Lane, type ProviderModule } from '@carillon/core';
import { nearestWord, OperatorError, type AppConfig } from '@carillon/runtime';

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

/** The first of `--app` and `--type` that no app of the configuration has, so that nobody believes it to be served. */
export function choiceOfNothing(
  apps: readonly AppConfig[],
  choice: WorkerChoice,
  providers: readonly ProviderModule[],
): OperatorError | undefined {
  const wrong = (option: string, given: string, known: readonly string[]): OperatorError => {
    const near = nearestWord(given, known);
    return new OperatorError(`worker: no app of the configuration has ${option} ${given}`, {
      cure: near === undefined ? `choose among ${known.join(', ')}` : `did you mean ${near}?`,
      exit: 'usage',
    });
  };
  const names = apps.map(({ name }) => name);
  const glob = choice.apps.find((one) => !names.some(createGlob(one)));
  if (glob !== undefined) return wrong('--app', glob, names);
  const type = choice.types.find(
    (one) => chosenApps(apps, { ...choice, apps: [], types: [one] }, providers).length === 0,
  );
  return type === undefined ? undefined : wrong('--type', type, [...new Set(apps.map((app) => app.type))]);
}

export function chosenLanes({ lanes }: WorkerChoice): readonly Lane[] {
  return allLanes.filter((lane) => lanes.length === 0 || lanes.includes(lane));
}
