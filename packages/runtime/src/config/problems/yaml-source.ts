import { LineCounter, parseDocument, visit, type Alias, type Document, type YAMLError } from 'yaml';
import { pathText, type ConfigPath, type ConfigProblem } from './config-error.ts';
import { nearestKey, offsetOf, pathAt, pathOf } from './yaml-places.ts';

/** The text of a configuration, read into plain values that still know where they stand. */
export interface YamlSource {
  /** What the text says; meaningless while `readable` is false. */
  readonly value: unknown;
  /** False when the text is no YAML: its structure is a guess then, and nothing else can be said of it. */
  readonly readable: boolean;
  readonly problems: readonly ConfigProblem[];
  /** A problem with its place: that of the key, or of the nearest thing around it that stands in the file. */
  problem(path: ConfigPath, message: string): ConfigProblem;
}

/**
 * What each mistake of form means to somebody who edits a configuration. The library's own messages may quote
 * the line, which may hold a secret, so they are never shown.
 */
const advice: Readonly<Record<YAMLError['code'], string>> = {
  ALIAS_PROPS: 'is no valid YAML: an alias (`*name`) takes nothing beside it',
  BAD_ALIAS: 'is no valid YAML: `*` begins an alias; put the value in quotes if it is a text',
  BAD_COLLECTION_TYPE: 'is no valid YAML: the tag does not fit the value; leave it out',
  BAD_DIRECTIVE: 'is no valid YAML: leave out the line that begins with `%`',
  BAD_DQ_ESCAPE: 'is no valid YAML: a backslash in double quotes begins an escape; use single quotes',
  BAD_INDENT: 'is no valid YAML: the indentation does not fit, or a bracket is not closed',
  BAD_PROP_ORDER: 'is no valid YAML: anchors and tags stand before the value',
  BAD_SCALAR_START: 'is no valid YAML: a value that begins with this character needs quotes',
  BLOCK_AS_IMPLICIT_KEY: 'is no valid YAML: two keys on one line; put quotes around a value that holds `: `',
  BLOCK_IN_FLOW: 'is no valid YAML: inside of brackets everything is written with brackets',
  DUPLICATE_KEY: 'stands here a second time; keep one of the two',
  IMPOSSIBLE: 'is no valid YAML',
  KEY_OVER_1024_CHARS: 'is no valid YAML: the key is too long',
  MISSING_CHAR: 'is no valid YAML: a colon, a closing quote or a bracket is missing',
  MULTILINE_IMPLICIT_KEY:
    'is no valid YAML: a colon and a blank are missing after the key, or a quote is open',
  MULTIPLE_ANCHORS: 'is no valid YAML: a value takes one anchor (`&name`)',
  MULTIPLE_DOCS: 'begins a second document; keep everything in one, without `---` in between',
  MULTIPLE_TAGS: 'is no valid YAML: a value takes one tag',
  NON_STRING_KEY: 'is no valid key: keys are plain texts',
  RESOURCE_EXHAUSTION: 'is nested too deep, or refers to itself too often',
  TAB_AS_INDENT: 'is indented with a tab; use blanks',
  TAG_RESOLVE_FAILED:
    'has a tag (`!name`) that means nothing here; leave it out, or put quotes around the value',
  UNEXPECTED_TOKEN:
    'is no valid YAML: put quotes around a value that begins with a bracket or holds `: ` or ` #`',
};

/** A map as the parser gives it. Its keys may be anything, `constructor` and `__proto__` included. */
export function isYamlMap(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export interface YamlOptions {
  /** What Python's programs read, to whom `yes` and `on` are true. Default: 1.2. */
  readonly version?: '1.1';
}

export function parseYaml(text: string, options: YamlOptions = {}): YamlSource {
  const lines = new LineCounter();
  const document = parseDocument(text, {
    ...options,
    lineCounter: lines,
    prettyErrors: false,
    logLevel: 'error',
    // An app may be called `1` or `true`.
    stringKeys: true,
    // Several apps may share settings: `<<: *common`.
    merge: true,
  });
  const placed = (offset: number, path: ConfigPath, message: string): ConfigProblem => {
    const { line, col } = lines.linePos(offset);
    return { path: pathText(path), message, line, column: col };
  };

  const mistakes = [...document.errors, ...document.warnings];
  const aliases = brokenAliases(document);
  const readable = mistakes.every(({ code }) => harmless.has(code)) && aliases.length === 0;
  const problems = oncePerLine([
    ...mistakes.map(({ code, pos: [offset] }) =>
      placed(offset, harmless.has(code) ? pathAt(document, offset) : [], advice[code]),
    ),
    ...aliases.map(({ node, path }) =>
      placed(offsetOf(node), path, 'is an alias (`*name`) whose anchor (`&name`) does not stand above it'),
    ),
  ]);
  const problem = (path: ConfigPath, message: string): ConfigProblem => {
    const node = nearestKey(document, path);
    return node === undefined ? { path: pathText(path), message } : placed(offsetOf(node), path, message);
  };
  if (!readable) return { value: undefined, readable, problems, problem };
  try {
    return { value: document.toJS(), readable: true, problems, problem };
  } catch {
    // What the library finds only when it resolves aliases: a merge of something that is no map, a bomb.
    const message = 'has a merge key (`<<`) that names no map, or aliases that refer to each other too often';
    return { value: undefined, readable: false, problems: [...problems, { path: '', message }], problem };
  }
}

/** Mistakes that leave no doubt about the rest of the file. */
const harmless: ReadonlySet<YAMLError['code']> = new Set(['DUPLICATE_KEY', 'TAG_RESOLVE_FAILED']);

/** The parser stumbles on over a mistake; what it says about the same line again is no news. */
function oncePerLine(problems: readonly ConfigProblem[]): readonly ConfigProblem[] {
  const seen = new Set<number | undefined>();
  return problems.filter(({ line }) => !seen.has(line) && seen.add(line));
}

function brokenAliases(document: Document.Parsed): readonly { node: Alias; path: ConfigPath }[] {
  const found: { node: Alias; path: ConfigPath }[] = [];
  visit(document, {
    Alias(key, node, ancestors) {
      if (node.resolve(document) === undefined) found.push({ node, path: pathOf(key, ancestors) });
    },
  });
  return found;
}
