import { InvalidArgumentError, Option } from 'commander';
import { checkName } from '../cluster/config.ts';
import { UserError } from '../cluster/user-error.ts';

/** Turns a checker that throws UserError into one that commander reports. */
export function checked<T>(check: (text: string) => T): (text: string) => T {
  return (text) => {
    try {
      return check(text);
    } catch (error) {
      if (error instanceof UserError) throw new InvalidArgumentError(error.message);
      throw error;
    }
  };
}

/** `--name`, which every command takes. */
export function nameOption(): Option {
  return new Option('--name <name>', 'the cluster').default('cox').argParser(checked(checkName));
}
