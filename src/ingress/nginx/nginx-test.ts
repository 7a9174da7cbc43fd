import { exec, ExecError } from '../../system/exec.ts';
import { nginxFiles } from './settings.ts';

/** nginx does not take a configuration; `line` is where, counted from 1, unless it did not say. */
export class NginxRefusal extends Error {
  readonly code = 'NGINX_REFUSED';
  readonly line: number | undefined;

  constructor(message: string, line: number | undefined, options?: ErrorOptions) {
    super(message, options);
    this.name = 'NginxRefusal';
    this.line = line;
  }
}

/** Asks nginx whether it would take the configuration in `path`. Throws NginxRefusal when it would not. */
export async function testConfiguration(directory: string, path: string): Promise<void> {
  try {
    await exec(['nginx', '-p', `${directory}/`, '-c', path, '-t', '-q'], { timeoutMs: 60_000 });
  } catch (error) {
    if (!(error instanceof ExecError) || error.code !== 'EXEC_FAILED') throw error;
    const { message, line } = readRefusal(error.stderr, nginxFiles(directory).candidate);
    throw new NginxRefusal(message, line, { cause: error });
  }
}

/** What nginx says is wrong, without its own file's name, and the line that it names. */
export function readRefusal(
  stderr: string,
  candidate: string,
): { readonly message: string; readonly line: number | undefined } {
  const found = stderr.split('\n').find((text) => text.includes('[emerg]')) ?? stderr.trim();
  const text = found.replace(/^.*?\[emerg\] (?:\d+#\d+: )?/, '');
  const at = text.lastIndexOf(` in ${candidate}:`);
  if (at < 0) return { message: text, line: undefined };
  const line = Number(text.slice(text.lastIndexOf(':') + 1));
  return { message: text.slice(0, at), line: Number.isInteger(line) ? line : undefined };
}
