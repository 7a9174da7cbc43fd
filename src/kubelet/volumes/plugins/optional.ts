import { VolumeFault } from '../fault.ts';

/** What `object` resolves to; undefined where it is absent and may be. */
export async function orNothing<T>(optional: boolean, object: Promise<T>): Promise<T | undefined> {
  try {
    return await object;
  } catch (error) {
    if (optional && error instanceof VolumeFault && error.code === 'NotReady') return undefined;
    throw error;
  }
}
