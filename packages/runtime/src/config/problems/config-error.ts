import type { SettingError } from '@carillon/core';
import { OperatorError } from '../../process/operator-error.ts';

/** One thing that is wrong with the configuration. Never quotes a value, which may be a secret. */
export interface ConfigProblem {
  /** The key, such as `apps.com.example.app.ios.key_id` or `ingress.trust_proxy[0]`; empty for the whole file. */
  readonly path: string;
  /** What is wrong and the cure. */
  readonly message: string;
  /** Where it stands, counted from 1, when that is known. */
  readonly line?: number;
  readonly column?: number;
}

/** What an app's credentials are read by; see `AppConfig`. */
export interface AppCredentials {
  readonly name: string;
  readonly type: string;
  readonly settings: Readonly<Record<string, unknown>>;
}

/** The configuration cannot be used. Carries every problem that was found, in the order of the file. */
export class ConfigError extends OperatorError {
  readonly file: string;
  readonly problems: readonly ConfigProblem[];
  readonly #goodApps: readonly AppCredentials[];

  constructor(file: string, problems: readonly ConfigProblem[], goodApps: readonly AppCredentials[] = []) {
    const count = problems.length === 1 ? 'one problem' : `${problems.length} problems`;
    super(`${file} has ${count}`, {
      cure: 'see docs/configuration.md for every setting',
      exit: 'configuration',
    });
    this.name = 'ConfigError';
    this.file = file;
    this.#goodApps = goodApps;
    this.problems = problems.toSorted((a, b) => (a.line ?? 0) - (b.line ?? 0));
  }

  /** Those that nothing is wrong with, so that their files can be looked at all the same. Never logged, as a field of an error would be. */
  get goodApps(): readonly AppCredentials[] {
    return this.#goodApps;
  }

  /** The problems as compilers print theirs: `file:line:column: key: what is wrong`. */
  override get lines(): readonly string[] {
    return this.problems.map(({ path, message, line, column }) => {
      const place = line === undefined ? this.file : `${this.file}:${line}:${column ?? 1}`;
      return `${place}: ${path === '' ? '' : `${path}: `}${message}`;
    });
  }
}

/**
 * A credential of an app that turned out wrong when it was used (a `SettingError` of its provider), told like a
 * problem of the configuration.
 */
export function appSettingError(file: string, app: string, error: SettingError): ConfigError {
  return new ConfigError(file, [{ path: pathText(['apps', app, error.key]), message: error.message }]);
}

export type ConfigPath = readonly (string | number)[];

/** `['ingress', 'trust_proxy', 0]` → `ingress.trust_proxy[0]`. */
export function pathText(path: ConfigPath): string {
  return path.reduce<string>((text, part) => {
    if (typeof part === 'number') return `${text}[${part}]`;
    return text === '' ? part : `${text}.${part}`;
  }, '');
}
