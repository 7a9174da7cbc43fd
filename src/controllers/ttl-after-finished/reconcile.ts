import type { Job } from '../../api/batch/job.schema.ts';
import { millis } from '../time.ts';

/** When a Job that is over is to go, in ms since the epoch; undefined where it is not over or stays. */
export function expiryOf({ metadata, spec, status }: Job): number | undefined {
  const { ttlSecondsAfterFinished } = spec;
  if (ttlSecondsAfterFinished === undefined || metadata.deletionTimestamp !== undefined) return undefined;
  const over = status.conditions?.find(({ type, status: value }) => {
    return (type === 'Complete' || type === 'Failed') && value === 'True';
  });
  return over === undefined ? undefined : millis(over.lastTransitionTime) + ttlSecondsAfterFinished * 1000;
}
