// The entry of all of Coxswain's processes: main.ts PROGRAM ARGUMENTS…
// Each program's modules are loaded by that program alone.

const programs: Readonly<Record<string, () => Promise<{ run(argv: readonly string[]): Promise<void> }>>> = {
  agent: () => import('./agent/process.ts'),
  compile: () => import('./compile.ts'),
  dns: () => import('./dns/process.ts'),
  server: () => import('./server/process.ts'),
  supervisor: () => import('./supervisor/process.ts'),
};

const [name = '', ...argv] = process.argv.slice(2);
const load = programs[name];
if (load === undefined) throw new Error(`there is no program "${name}": ${Object.keys(programs).join(', ')}`);
await (await load()).run(argv);
