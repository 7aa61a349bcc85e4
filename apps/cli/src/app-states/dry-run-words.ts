/** Said of an app with `mode: dry_run`. On purpose, but phones are silent. */
export const dryRunText = 'is in dry run: nothing of it is sent';
export const dryRunCure =
  'write `mode: live`, or leave it out, and reload the workers when phones are to ring';
