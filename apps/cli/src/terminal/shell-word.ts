/** A word of a command that is to be copied: a glob as an app's name is not for the shell to fill in. */
export function shellWord(name: string): string {
  return /^[\w.@:/-]+$/.test(name) ? name : `'${name.replaceAll("'", String.raw`'\''`)}'`;
}
