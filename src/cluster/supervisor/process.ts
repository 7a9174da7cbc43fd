import { supervise } from './supervisor.ts';

/** The supervisor's process: COMPONENTS_FOLDER PROCESSES_FOLDER. */
export async function run([components, processes]: readonly string[]): Promise<void> {
  if (components === undefined || processes === undefined)
    throw new Error('usage: supervisor COMPONENTS_FOLDER PROCESSES_FOLDER');
  const stop = new AbortController();
  process.once('SIGTERM', () => stop.abort());
  process.once('SIGINT', () => stop.abort());
  const report = (line: string): void => console.log(`${new Date().toISOString()} ${line}`);
  await supervise({ components, processes }, report, stop.signal);
  // Children are sessions of their own; nothing of theirs keeps this process.
  process.exit(0);
}
