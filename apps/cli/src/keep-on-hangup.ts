/*
 * Loaded with `--import`, in front of everything else: a SIGHUP that comes while a server still loads its program would
 * end it. It has not read its configuration yet, so there is nothing to read again; `serve.ts` takes over.
 * Commands for a person at a terminal end with the terminal, as ever.
 */
const servers: readonly (string | undefined)[] = ['ingress', 'worker', 'start'];
if (servers.includes(process.argv[2])) process.on('SIGHUP', () => undefined);
