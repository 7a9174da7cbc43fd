import { spawn } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { Command } from 'commander';
import { requireCluster } from '../../cluster/find.ts';
import { UserError } from '../../cluster/user-error.ts';
import { nameOption } from '../options.ts';

export function logsCommand(): Command {
  return new Command('logs')
    .description("show a component's log; without a component, list those that have one")
    .argument('[component]', 'for example server or kube-worker-1.agent')
    .option('-f, --follow', 'go on as the log grows')
    .addOption(nameOption())
    .action(async (component: string | undefined, options: { name: string; follow?: true }) => {
      const { paths } = requireCluster(options.name);
      const names = existsSync(paths.logs)
        ? readdirSync(paths.logs)
            .filter((file) => file.endsWith('.log'))
            .map((file) => file.slice(0, -'.log'.length))
            .toSorted()
        : [];
      if (component === undefined) {
        process.stdout.write(`${names.join('\n')}\n`);
        return;
      }
      if (!names.includes(component)) {
        throw new UserError(
          `there is no log of "${component}" in cluster "${options.name}"; there is: ${names.join(', ') || 'none yet'}.`,
        );
      }
      const file = join(paths.logs, `${component}.log`);
      const tail = spawn('tail', options.follow === true ? ['-n', '100', '-F', file] : ['-n', '+1', file], {
        stdio: 'inherit',
      });
      process.exitCode = await new Promise<number>((resolve, reject) => {
        tail.once('error', reject).once('exit', (code) => resolve(code ?? 0));
      });
    });
}
