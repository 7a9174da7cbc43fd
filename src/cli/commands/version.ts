import { readFileSync } from 'node:fs';
import { Command } from 'commander';
import { kubernetesVersion } from '../../cluster/version.ts';
import { nameOption } from '../options.ts';

/** Coxswain's version, from package.json. */
export function readVersion(): string {
  const text = readFileSync(new URL('../../../package.json', import.meta.url), 'utf8');
  return (JSON.parse(text) as { version: string }).version;
}

export function versionCommand(): Command {
  return new Command('version')
    .description('show the versions of Coxswain, of the Kubernetes API it serves, and of Node')
    .addOption(nameOption())
    .action(() => {
      process.stdout.write(`cox ${readVersion()}\nKubernetes API ${kubernetesVersion}\nNode ${process.version}\n`);
    });
}
