import { Command } from 'commander';
import { loadImage } from '../../cluster/commands/load-image.ts';
import { requireCluster } from '../../cluster/find.ts';
import { nameOption } from '../options.ts';
import { createProgress } from '../progress.ts';

export function imageCommand(): Command {
  const load = new Command('load')
    .description("put an image into the cluster's own registry, from where every node pulls it")
    .argument('<file-or-folder>', 'an OCI image layout, an OCI archive, or what "docker save" writes')
    .argument('[name]', 'what to call it (default: what it says itself)')
    .addOption(nameOption())
    .action(async (path: string, image: string | undefined, options: { name: string }) => {
      const { config, paths } = requireCluster(options.name);
      const progress = createProgress(process.stderr);
      const loaded = await progress.step(`loading ${image ?? path}`, () => loadImage(config, paths, path, image));
      progress.say(`Pods can use it as ${loaded}.`);
    });
  return new Command('image').description('manage images').addCommand(load);
}
