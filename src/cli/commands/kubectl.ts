import { spawn } from 'node:child_process';
import { Command } from 'commander';
import { requireCluster } from '../../cluster/find.ts';
import { findKubectl } from '../kubectl.ts';
import { nameOption } from '../options.ts';

export function kubectlCommand(): Command {
  return new Command('kubectl')
    .description('run kubectl against the cluster; everything behind "kubectl" is handed to it')
    .addOption(nameOption())
    .argument('[args...]')
    .passThroughOptions()
    .allowUnknownOption()
    .helpOption(false)
    .action(async (args: string[], options: { name: string }) => {
      const { paths } = requireCluster(options.name);
      const child = spawn(findKubectl(), args, {
        stdio: 'inherit',
        env: { ...process.env, KUBECONFIG: paths.adminKubeconfig },
      });
      // Ctrl-C reaches both of us: kubectl decides what it means.
      process.on('SIGINT', () => {});
      process.exitCode = await new Promise<number>((resolve, reject) => {
        child.once('error', reject).once('exit', (code, signal) => resolve(signal === null ? (code ?? 1) : 130));
      });
    });
}
