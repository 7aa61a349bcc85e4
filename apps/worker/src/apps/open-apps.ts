import {
  SettingError,
  settingFiles,
  type Provider,
  type ProviderContext,
  type ProviderModule,
} from '@carillon/core';
import {
  appSettingError,
  ConfigError,
  createFileWatcher,
  type AppConfig,
  type FileWatch,
} from '@carillon/runtime';

/** An app whose credentials have been read. */
export interface OpenedApp {
  readonly app: AppConfig;
  readonly provider: Provider;
  /** The files that its settings name, as they were before the provider read them. */
  readonly files: FileWatch;
  /** Reads the credentials again. Throws a `SettingError` for what cannot be used. */
  reopen(): Provider;
}

export interface OpenAppsOptions {
  /** For errors about what the configuration names. */
  readonly configPath: string;
  readonly providers: readonly ProviderModule[];
  readonly context: ProviderContext;
}

export type OpenApps = (apps: readonly AppConfig[]) => Promise<readonly OpenedApp[]>;

/** Reads the credentials of all apps; what is wrong with them is told together, as one `ConfigError`. */
export function createOpenApps({ configPath, providers, context }: OpenAppsOptions): OpenApps {
  const watcher = createFileWatcher();

  async function open(app: AppConfig, module: ProviderModule): Promise<OpenedApp> {
    const { name, settings } = app;
    const files = await watcher.watch(settingFiles(module.shape, settings).map(({ path }) => path));
    const reopen = () => module.create({ name, settings }, context);
    return { app, provider: reopen(), files, reopen };
  }

  return async (apps) => {
    const opened: OpenedApp[] = [];
    const errors: ConfigError[] = [];
    for (const app of apps) {
      const module = providers.find(({ types }) => types[0] === app.type);
      if (module === undefined) continue; // the configuration's types come from the same list
      try {
        opened.push(await open(app, module));
      } catch (error) {
        if (!(error instanceof SettingError)) throw error;
        errors.push(appSettingError(configPath, app.name, error));
      }
    }
    if (errors.length === 0) return opened;
    for (const { provider } of opened) void provider.close(); // it sent nothing: there is nothing to fail
    throw new ConfigError(
      configPath,
      errors.flatMap(({ problems }) => problems),
    );
  };
}
