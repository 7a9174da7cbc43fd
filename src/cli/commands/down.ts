import { Command } from 'commander';
import { down, isUp } from '../../cluster/commands/down.ts';
import { requireRoot } from '../../cluster/commands/up.ts';
import { requireCluster } from '../../cluster/find.ts';
import { nameOption } from '../options.ts';
import { createProgress } from '../progress.ts';

export function downCommand(): Command {
  return new Command('down')
    .description('stop a cluster; "cox up" starts it again with everything as it was')
    .addOption(nameOption())
    .action(async ({ name }: { name: string }) => {
      requireRoot();
      const progress = createProgress(process.stderr);
      const { config, paths } = requireCluster(name);
      if (!isUp(paths)) return progress.say(`Cluster "${name}" is stopped already.`);
      await down(config, paths, progress);
      progress.say(`Cluster "${name}" is stopped; its data is kept in ${paths.data}.`);
    });
}
