import { StatusError } from '../../api/status-error.ts';
import type { Owned } from './managers.ts';
import type { FieldConflict } from './update.ts';

/** An owner as messages name it. */
function describe({ manager, operation, apiVersion, subresource }: Owned): string {
  const name = JSON.stringify(manager) + (subresource === '' ? '' : ` with subresource ${JSON.stringify(subresource)}`);
  return operation === 'Update' ? `${name} using ${apiVersion}` : name;
}

function message(conflicts: readonly FieldConflict[]): string {
  const [first] = conflicts;
  if (first !== undefined && conflicts.length === 1) {
    return `Apply failed with 1 conflict: conflict with ${describe(first.owner)}: ${first.path}`;
  }
  const byOwner = Map.groupBy(conflicts, ({ owner }) => describe(owner));
  const lines = [...byOwner]
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .flatMap(([owner, theirs]) => [`conflicts with ${owner}:`, ...theirs.map(({ path }) => `- ${path}`)]);
  return `Apply failed with ${conflicts.length} conflicts: ${lines.join('\n')}`;
}

/** The 409 that names every field in conflict and whose it is, worded as upstream. */
export function applyConflict(conflicts: readonly FieldConflict[]): StatusError {
  return new StatusError('Conflict', message(conflicts), {
    causes: conflicts.map(({ owner, path }) => ({
      reason: 'FieldManagerConflict',
      message: `conflict with ${describe(owner)}`,
      field: path,
    })),
  });
}
