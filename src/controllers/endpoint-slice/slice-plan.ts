import type { Endpoint, EndpointPort, EndpointSlice } from '../../api/discovery/endpoint-slice.schema.ts';
import type { OwnerReference } from '../../api/meta/meta.schema.ts';
import type { Unsaved } from '../../api/object.ts';
import { canonicalJson, semanticEqual } from '../canonical.ts';

export const triggerTimeAnnotation = 'endpoints.kubernetes.io/last-change-trigger-time';

/** Endpoints that share their ports, and so may share a slice. */
export interface EndpointGroup {
  readonly addressType: EndpointSlice['addressType'];
  readonly ports: readonly EndpointPort[];
  readonly endpoints: readonly Endpoint[];
}

/** What all slices of one owner have in common. */
export interface SliceIdentity {
  readonly namePrefix: string;
  readonly namespace: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  readonly owner: OwnerReference;
  /** The time of the change that led to this plan, where it is known. */
  readonly triggerTime: string | undefined;
  readonly maxEndpoints: number;
}

export interface SlicePlan {
  readonly create: readonly Unsaved<EndpointSlice>[];
  readonly update: readonly EndpointSlice[];
  readonly delete: readonly EndpointSlice[];
}

interface Draft {
  readonly create: EndpointGroup[];
  readonly update: { readonly slice: EndpointSlice; readonly group: EndpointGroup }[];
  readonly delete: EndpointSlice[];
}

/**
 * The fewest writes that turn `existing` into slices of `groups`: an endpoint stays in the slice in which it is,
 * slices written anyway take new endpoints first, and a slice that would go is used again for one that would come.
 */
export function planSlices(
  existing: readonly EndpointSlice[],
  groups: readonly EndpointGroup[],
  identity: SliceIdentity,
): SlicePlan {
  const draft: Draft = { create: [], update: [], delete: [] };
  const byGroup = Map.groupBy(existing, (slice) => groupKey(slice.addressType, slice.ports));
  for (const group of groups) {
    const key = groupKey(group.addressType, group.ports);
    planGroup(draft, { group, slices: byGroup.get(key) ?? [], identity });
    byGroup.delete(key);
  }
  for (const slices of byGroup.values()) draft.delete.push(...slices);
  keepPlaceholder(draft, existing, identity);
  reuse(draft);
  return {
    create: draft.create.map((group) => newSlice(group, identity)),
    update: draft.update.map(({ slice, group }) => changedSlice(slice, group, identity)),
    delete: draft.delete,
  };
}

function groupKey(addressType: string, ports: readonly EndpointPort[] | undefined): string {
  const sorted = (ports ?? []).map((port) => canonicalJson(port)).toSorted();
  return `${addressType} ${sorted.join(' ')}`;
}

interface GroupState {
  readonly group: EndpointGroup;
  readonly slices: readonly EndpointSlice[];
  readonly identity: SliceIdentity;
}

function planGroup(draft: Draft, { group, slices, identity }: GroupState): void {
  const wanted = new Map(group.endpoints.map((endpoint) => [endpointKey(endpoint), endpoint]));
  const changed: { slice: EndpointSlice; endpoints: Endpoint[] }[] = [];
  const unchanged: EndpointSlice[] = [];
  for (const slice of slices) {
    const endpoints = takeKept(slice, wanted);
    if (endpoints.length === 0) draft.delete.push(slice);
    else if (semanticEqual(endpoints, slice.endpoints) && hasIdentity(slice, identity)) unchanged.push(slice);
    else changed.push({ slice, endpoints });
  }
  const rest = [...wanted.values()];
  for (const { endpoints } of changed) endpoints.push(...rest.splice(0, identity.maxEndpoints - endpoints.length));
  const roomy = roomiest(unchanged, rest.length, identity.maxEndpoints);
  if (roomy !== undefined) changed.push({ slice: roomy, endpoints: [...(roomy.endpoints ?? []), ...rest.splice(0)] });
  for (const { slice, endpoints } of changed) draft.update.push({ slice, group: { ...group, endpoints } });
  while (rest.length > 0) draft.create.push({ ...group, endpoints: rest.splice(0, identity.maxEndpoints) });
}

/** The endpoints of the slice that are still wanted, as they now are; takes them from `wanted`. */
function takeKept(slice: EndpointSlice, wanted: Map<string, Endpoint>): Endpoint[] {
  const kept: Endpoint[] = [];
  for (const old of slice.endpoints ?? []) {
    const key = endpointKey(old);
    const endpoint = wanted.get(key);
    if (endpoint === undefined) continue;
    kept.push(endpoint);
    wanted.delete(key);
  }
  return kept;
}

/** The fullest unchanged slice into which `count` more endpoints fit. */
function roomiest(slices: readonly EndpointSlice[], count: number, max: number): EndpointSlice | undefined {
  if (count === 0) return undefined;
  const size = (slice: EndpointSlice): number => slice.endpoints?.length ?? 0;
  const fitting = slices.filter((slice) => size(slice) + count <= max);
  return fitting.toSorted((a, b) => size(b) - size(a))[0];
}

function endpointKey({ addresses, targetRef, hostname }: Endpoint): string {
  return `${addresses.join(',')} ${targetRef?.kind ?? ''} ${targetRef?.uid ?? ''} ${hostname ?? ''}`;
}

/** A Service without endpoints keeps one empty slice, so that readers can tell it from one not looked at yet. */
function keepPlaceholder(draft: Draft, existing: readonly EndpointSlice[], identity: SliceIdentity): void {
  if (existing.length !== draft.delete.length || draft.create.length > 0) return;
  const [only] = draft.delete;
  const empty = draft.delete.length === 1 && only !== undefined && isEmpty(only) && only.addressType === 'IPv4';
  if (empty && hasIdentity(only, identity)) draft.delete.length = 0;
  else draft.create.push({ addressType: 'IPv4', ports: [], endpoints: [] });
}

function isEmpty(slice: EndpointSlice): boolean {
  return (slice.endpoints ?? []).length === 0 && (slice.ports ?? []).length === 0;
}

function reuse(draft: Draft): void {
  for (let index = draft.delete.length - 1; index >= 0; index--) {
    const slice = draft.delete[index];
    const match = draft.create.findIndex(({ addressType }) => addressType === slice?.addressType);
    const [group] = match < 0 ? [] : draft.create.splice(match, 1);
    if (slice === undefined || group === undefined) continue;
    draft.delete.splice(index, 1);
    draft.update.push({ slice, group });
  }
}

function hasIdentity(slice: EndpointSlice, identity: SliceIdentity): boolean {
  const { [triggerTimeAnnotation]: _, ...annotations } = slice.metadata.annotations ?? {};
  return (
    semanticEqual(slice.metadata.labels, identity.labels) &&
    semanticEqual(annotations, identity.annotations) &&
    (slice.metadata.ownerReferences ?? []).some(({ uid }) => uid === identity.owner.uid)
  );
}

function annotationsOf({ annotations, triggerTime }: SliceIdentity): Readonly<Record<string, string>> {
  return triggerTime === undefined ? annotations : { ...annotations, [triggerTimeAnnotation]: triggerTime };
}

function newSlice(group: EndpointGroup, identity: SliceIdentity): Unsaved<EndpointSlice> {
  return {
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: {
      generateName: identity.namePrefix,
      namespace: identity.namespace,
      labels: identity.labels,
      annotations: annotationsOf(identity),
      ownerReferences: [identity.owner],
    },
    ...group,
  };
}

function changedSlice(slice: EndpointSlice, group: EndpointGroup, identity: SliceIdentity): EndpointSlice {
  const metadata = {
    ...slice.metadata,
    labels: identity.labels,
    annotations: annotationsOf(identity),
    ownerReferences: [identity.owner],
  };
  return { ...slice, metadata, ...group };
}
