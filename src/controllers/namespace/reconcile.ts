import type { Namespace, NamespaceCondition } from '../../api/core/namespace.schema.ts';
import { semanticEqual } from '../canonical.ts';
import { isEmptied, namespaceConditions } from './conditions.ts';
import type { ContentReport } from './content.ts';

/** The finalizer by which this controller holds a namespace until its contents are gone. */
export const namespaceFinalizer = 'kubernetes';

export interface NamespacePlan {
  /** The conditions to write, where they have changed. */
  readonly conditions: readonly NamespaceCondition[] | undefined;
  /** The finalizers to leave in the spec, once the namespace is empty. */
  readonly finalizers: readonly string[] | undefined;
}

/** True when the namespace is being deleted and this controller has not let it go yet. */
export function isToBeEmptied({ metadata, spec }: Namespace): boolean {
  return metadata.deletionTimestamp !== undefined && (spec.finalizers ?? []).includes(namespaceFinalizer);
}

/** The writes that follow from an attempt to empty a namespace. */
export function reconcile(namespace: Namespace, report: ContentReport, now: number): NamespacePlan {
  const { conditions: old } = namespace.status;
  const emptied = isEmptied(report);
  const finalizers = emptied
    ? (namespace.spec.finalizers ?? []).filter((finalizer) => finalizer !== namespaceFinalizer)
    : undefined;
  const vanishes = finalizers?.length === 0 && (namespace.metadata.finalizers ?? []).length === 0;
  // Nobody could read them: the next write removes the namespace.
  if (vanishes) return { conditions: undefined, finalizers };
  const conditions = namespaceConditions(old, report, now);
  return { conditions: semanticEqual(conditions, old) ? undefined : conditions, finalizers };
}

/**
 * In how many ms to look again at a namespace that is not empty yet: soon at first, since most objects go at once,
 * then ever less often.
 */
export function nextLookMs(looksSoFar: number): number {
  return Math.min(25 * 2 ** looksSoFar, 5000);
}
