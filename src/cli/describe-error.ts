import { UserError } from '../cluster/user-error.ts';

/** What the user reads: one sentence for their own faults, the chain of causes for ours; the stack only with COX_DEBUG. */
export function describeError(error: unknown): string {
  if (!(error instanceof Error)) return `cox: ${String(error)}`;
  if (process.env['COX_DEBUG'] !== undefined) return `cox: ${error.stack ?? error.message}`;
  if (error instanceof UserError) return `cox: ${error.message}`;
  const lines = [`cox: ${error.message}`];
  for (let cause = error.cause; cause instanceof Error; cause = cause.cause) lines.push(`  because: ${cause.message}`);
  return lines.join('\n');
}
