// The supervisor's process: main.ts COMPONENTS_FOLDER PROCESSES_FOLDER
import { supervise } from './supervisor.ts';

const [components, processes] = process.argv.slice(2);
if (components === undefined || processes === undefined)
  throw new Error('usage: main.ts COMPONENTS_FOLDER PROCESSES_FOLDER');

const stop = new AbortController();
process.once('SIGTERM', () => stop.abort());
process.once('SIGINT', () => stop.abort());
const report = (line: string): void => console.log(`${new Date().toISOString()} ${line}`);
await supervise({ components, processes }, report, stop.signal);
// Children are sessions of their own; nothing of theirs keeps this process.
process.exit(0);
