/**
 * What became of a line of Sygnal's file: it means the `same` here, it `differs`, it has `none` that it corresponds to, or the operator
 * has to `decide` something.
 */
export interface Note {
  readonly kind: NoteKind;
  /** As in `apps.com.example.app.ios.platform`. */
  readonly path: string;
  /** Never holds a value of the file, which may be a secret. */
  readonly text: string;
}

export const noteKinds = ['decide', 'differs', 'none', 'same'] as const;
export type NoteKind = (typeof noteKinds)[number];

/** What a key becomes: a note, and a setting where there is one. */
export interface Taken {
  readonly kind: NoteKind;
  readonly text: string;
  readonly set?: readonly Setting[];
}

/** A setting of carillon.yaml with what stands behind it as a comment. */
export interface Setting {
  readonly key: string;
  readonly value: unknown;
  readonly comment?: string;
}

/** What is done with the value of a key. */
export type Rule = (value: unknown) => Taken;
export type Rules = Readonly<Record<string, Rule>>;

/** The same key with the same value. */
export const same =
  (key: string, text = 'the same'): Rule =>
  (value) => ({ kind: 'same', text, set: [{ key, value }] });

/** A text, also where YAML makes a number of it, as of a key ID of ten digits. */
export const sameText =
  (key: string): Rule =>
  (value) =>
    same(key)(typeof value === 'number' ? String(value) : value);

export const none =
  (text: string): Rule =>
  () => ({ kind: 'none', text });
