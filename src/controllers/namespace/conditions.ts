import type { NamespaceCondition } from '../../api/core/namespace.schema.ts';
import type { ConditionState } from '../condition.ts';
import { withCondition } from '../condition.ts';
import { errorMessage } from '../error-message.ts';
import type { ContentReport } from './content.ts';

type Fault = { readonly reason: string; readonly message: string } | undefined;

interface ConditionRule {
  readonly type: string;
  readonly well: { readonly reason: string; readonly message: string };
  readonly fault: (report: ContentReport) => Fault;
}

/** What a namespace on its way out says of itself, in upstream's words and order. */
const rules: readonly ConditionRule[] = [
  {
    type: 'NamespaceDeletionDiscoveryFailure',
    well: { reason: 'ResourcesDiscovered', message: 'All resources successfully discovered' },
    fault: ({ undiscovered }) =>
      undiscovered.length === 0
        ? undefined
        : {
            reason: 'DiscoveryFailed',
            message: `Discovery failed for some groups, ${undiscovered.length} failing: unable to retrieve the complete list of server APIs: ${undiscovered
              .map(({ groupVersion, error }) => `${groupVersion}: ${errorMessage(error)}`)
              .join(', ')}`,
          },
  },
  {
    type: 'NamespaceDeletionGroupVersionParsingFailure',
    well: { reason: 'ParsedGroupVersions', message: 'All legacy kube types successfully parsed' },
    fault: () => undefined,
  },
  {
    type: 'NamespaceDeletionContentFailure',
    well: { reason: 'ContentDeleted', message: 'All content successfully deleted, may be waiting on finalization' },
    fault: ({ errors }) =>
      errors.length === 0
        ? undefined
        : {
            reason: 'ContentDeletionFailed',
            message: `Failed to delete all resource types, ${errors.length} remaining: ${aggregate(errors.map(errorMessage))}`,
          },
  },
  {
    type: 'NamespaceContentRemaining',
    well: { reason: 'ContentRemoved', message: 'All content successfully removed' },
    fault: ({ remaining }) =>
      remaining.size === 0
        ? undefined
        : {
            reason: 'SomeResourcesRemain',
            message: `Some resources are remaining: ${counted(remaining, (name, count) => `${name} has ${count} resource instances`)}`,
          },
  },
  {
    type: 'NamespaceFinalizersRemaining',
    well: { reason: 'ContentHasNoFinalizers', message: 'All content-preserving finalizers finished' },
    fault: ({ finalizers }) =>
      finalizers.size === 0
        ? undefined
        : {
            reason: 'SomeFinalizersRemain',
            message: `Some content in the namespace has finalizers remaining: ${counted(finalizers, (name, count) => `${name} in ${count} resource instances`)}`,
          },
  },
];

/** True when the report says that nothing is left, and nothing may have been overlooked. */
export function isEmptied(report: ContentReport): boolean {
  return rules.every(({ fault }) => fault(report) === undefined);
}

/** The conditions of a namespace of which `report` tells; the old ones where nothing has changed. */
export function namespaceConditions(
  old: readonly NamespaceCondition[] | undefined,
  report: ContentReport,
  now: number,
): readonly NamespaceCondition[] {
  return rules.reduce<readonly NamespaceCondition[]>((conditions, { type, well, fault }) => {
    const found = fault(report);
    const state: ConditionState = { type, status: found === undefined ? 'False' : 'True', ...(found ?? well) };
    const before = conditions.find((condition) => condition.type === type);
    const same = before?.status === state.status && before.reason === state.reason && before.message === state.message;
    return same ? conditions : withCondition(conditions, state, now);
  }, old ?? []);
}

function aggregate(messages: readonly string[]): string {
  const distinct = [...new Set(messages)];
  return distinct.length === 1 ? String(distinct[0]) : `[${distinct.join(', ')}]`;
}

function counted(counts: ReadonlyMap<string, number>, text: (name: string, count: number) => string): string {
  return [...counts]
    .map(([name, count]) => text(name, count))
    .toSorted((a, b) => (a < b ? -1 : 1))
    .join(', ');
}
