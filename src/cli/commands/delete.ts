import { Command } from 'commander';
import { deleteCluster } from '../../cluster/commands/delete.ts';
import { requireRoot } from '../../cluster/commands/up.ts';
import { nameOption } from '../options.ts';
import { createProgress } from '../progress.ts';

export function deleteCommand(): Command {
  return new Command('delete')
    .description('remove a cluster and all it left on this machine, its data included')
    .addOption(nameOption())
    .action(async ({ name }: { name: string }) => {
      requireRoot();
      const progress = createProgress(process.stderr);
      const found = await deleteCluster(name, progress);
      progress.say(found ? `Cluster "${name}" is gone.` : `There is no cluster "${name}": nothing to delete.`);
    });
}
