import { exec, ExecError } from '../../system/exec.ts';

/** nginx does not take a configuration. */
export class NginxRefusal extends Error {
  readonly code = 'NGINX_REFUSED';

  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'NginxRefusal';
  }
}

/** Asks nginx whether it would take the configuration in `path`. Throws NginxRefusal when it would not. */
export async function testConfiguration(directory: string, path: string): Promise<void> {
  try {
    await exec(['nginx', '-p', `${directory}/`, '-c', path, '-e', 'stderr', '-t', '-q'], { timeoutMs: 60_000 });
  } catch (error) {
    if (!(error instanceof ExecError) || error.code !== 'EXEC_FAILED') throw error;
    const said = error.stderr.split('\n').find((text) => text.includes('[emerg]')) ?? error.stderr.trim();
    throw new NginxRefusal(`nginx does not take its configuration: ${said}`, { cause: error });
  }
}
