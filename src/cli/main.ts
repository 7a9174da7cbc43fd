import { Command, CommanderError } from 'commander';
import { UserError } from '../cluster/user-error.ts';
import { deleteCommand } from './commands/delete.ts';
import { demoCommand } from './commands/demo.ts';
import { downCommand } from './commands/down.ts';
import { imageCommand } from './commands/image.ts';
import { ingressCommand } from './commands/ingress.ts';
import { kubectlCommand } from './commands/kubectl.ts';
import { logsCommand } from './commands/logs.ts';
import { statusCommand } from './commands/status.ts';
import { upCommand } from './commands/up.ts';
import { readVersion, versionCommand } from './commands/version.ts';
import { describeError } from './describe-error.ts';

const program = new Command('cox')
  .description('Coxswain: a small, complete Kubernetes. Start with "cox demo", or "cox up".')
  .version(readVersion(), '--version', 'show the version')
  .showSuggestionAfterError()
  .enablePositionalOptions()
  .exitOverride()
  .configureHelp({ sortSubcommands: false, showGlobalOptions: false });

for (const command of [
  upCommand,
  downCommand,
  deleteCommand,
  statusCommand,
  demoCommand,
  imageCommand,
  ingressCommand,
  kubectlCommand,
  logsCommand,
  versionCommand,
]) {
  program.addCommand(command().exitOverride());
}

try {
  await program.parseAsync(process.argv);
} catch (error) {
  if (error instanceof CommanderError) {
    // Commander has printed its sentence already; help is no failure.
    process.exitCode =
      error.code === 'commander.helpDisplayed' || error.code === 'commander.version' || error.code === 'commander.help'
        ? 0
        : 2;
  } else {
    process.stderr.write(`${describeError(error)}\n`);
    process.exitCode = error instanceof UserError ? error.exitCode : 1;
  }
}
