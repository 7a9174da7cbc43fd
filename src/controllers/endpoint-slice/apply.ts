import { endpointSlices } from '../../api/resources.ts';
import { isStatus } from '../../api/status-error.ts';
import type { ApiClient } from '../../client/api-client.ts';
import { isNamespaceTerminating } from '../pod-writer.ts';
import type { SlicePlan } from './slice-plan.ts';
import type { WriteTracker } from './write-tracker.ts';

/** Writes a plan for `owner`; throws after the first failure, with what was written noted in `writes`. */
export async function applySlices(
  client: ApiClient,
  plan: SlicePlan,
  { owner, writes }: { readonly owner: string; readonly writes: WriteTracker },
): Promise<void> {
  // New endpoints first: at no moment may an endpoint that stays be in no slice at all.
  for (const slice of plan.create) {
    try {
      writes.wrote(owner, await client.create(endpointSlices, slice));
    } catch (error) {
      // A namespace on its way out takes no new slices, and needs none.
      if (!isNamespaceTerminating(error) && !isStatus(error, 'NotFound')) throw error;
    }
  }
  for (const slice of plan.update) {
    try {
      writes.wrote(owner, await client.update(endpointSlices, slice));
    } catch (error) {
      // Somebody has deleted it, which the cache is about to show: the next plan makes another.
      if (!isStatus(error, 'NotFound')) throw error;
    }
  }
  for (const slice of plan.delete) {
    const { name, namespace, uid } = slice.metadata;
    try {
      await client.delete(endpointSlices, { name, namespace }, { preconditions: { uid } });
    } catch (error) {
      if (!isStatus(error, 'NotFound')) throw error;
    }
    writes.deleted(owner, slice);
  }
}
