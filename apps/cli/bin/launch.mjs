/*
 * What comes before the program, in plain JavaScript: a Node that is too old to read TypeScript says so, and a SIGHUP
 * that comes while a server still loads its program does not end it. The server has not read its configuration yet, so
 * there is nothing to read again; `serve.ts` takes over. Commands for a person at a terminal end with the terminal, as
 * ever.
 */
const wanted = 24;
const servers = ['ingress', 'worker', 'start', 'console'];

if (Number.parseInt(process.versions.node, 10) >= wanted) {
  if (servers.includes(process.argv[2])) process.on('SIGHUP', () => undefined);
  await import('../src/main.ts');
} else {
  process.stderr.write(
    `carillon: needs Node ${wanted} or newer, and ${process.execPath} is ${process.version}: install a newer one, or put it first on the PATH\n`,
  );
  process.exitCode = 69;
}
