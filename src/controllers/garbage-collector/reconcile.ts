import type { ObjectMeta, OwnerReference } from '../../api/meta/meta.schema.ts';
import type { GraphNode } from './graph.ts';
import { foregroundFinalizer, orphanFinalizer } from './graph.ts';

/**
 * How an owner stands to its dependent: there and staying, gone for good, or deleted in the foreground and waiting for
 * the dependent to go.
 */
export type OwnerState = 'solid' | 'absent' | 'waiting';

export type Propagation = 'Background' | 'Foreground' | 'Orphan';

export type GarbagePlan =
  | { readonly type: 'keep' }
  /** Take these owners' references away, and keep the object. */
  | { readonly type: 'unlink'; readonly uids: readonly string[] }
  | {
      readonly type: 'delete';
      readonly propagation: Propagation;
      /** First stop blocking the owner: owners and dependents form a circle. */
      readonly unblock: boolean;
    };

export interface GarbageState {
  /** The object as the server has it now. */
  readonly metadata: ObjectMeta;
  readonly owners: readonly { readonly reference: OwnerReference; readonly state: OwnerState }[];
  readonly dependents: ReadonlySet<Pick<GraphNode, 'deletingDependents'>>;
}

/** What is to become of an object, given its owners; by upstream's rules. */
export function reconcile({ metadata, owners, dependents }: GarbageState): GarbagePlan {
  if (owners.length === 0) return { type: 'keep' };
  const inState = (...states: OwnerState[]) => owners.filter(({ state }) => states.includes(state));
  if (inState('solid').length > 0) {
    const uids = inState('absent', 'waiting').map(({ reference }) => reference.uid);
    return uids.length === 0 ? { type: 'keep' } : { type: 'unlink', uids };
  }
  if (inState('waiting').length > 0 && dependents.size > 0) {
    const unblock = [...dependents].some(({ deletingDependents }) => deletingDependents);
    return { type: 'delete', propagation: 'Foreground', unblock };
  }
  const finalizers = metadata.finalizers ?? [];
  const propagation = finalizers.includes(orphanFinalizer)
    ? 'Orphan'
    : finalizers.includes(foregroundFinalizer)
      ? 'Foreground'
      : 'Background';
  return { type: 'delete', propagation, unblock: false };
}

/** The dependents for which an owner that is deleted in the foreground must wait. */
export function blockingDependents(owner: GraphNode): readonly GraphNode[] {
  return [...owner.dependents].filter((dependent) =>
    dependent.owners.some(({ uid, blockOwnerDeletion }) => uid === owner.identity.uid && blockOwnerDeletion === true),
  );
}
