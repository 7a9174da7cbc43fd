import type { PersistentVolumeClaim } from '../../../api/core/persistent-volume-claim.schema.ts';
import type { PodSpec } from '../../../api/core/pod-spec.schema.ts';
import type { Pod } from '../../../api/core/pod.schema.ts';
import type { Service } from '../../../api/core/service.schema.ts';
import { needsNodePort } from '../../../api/core/service-shape.ts';
import type { AnyKind } from '../../../api/kind.ts';
import type { Quantity } from '../../../api/values/quantity.ts';
import { parseQuantity } from '../../../api/values/quantity.ts';
import type { ApiObject } from '../../registry/api-object.ts';
import type { Amounts } from '../pod-amounts.ts';
import { amountsOf, podAmounts } from '../pod-amounts.ts';

const count = (number: number): Quantity => parseQuantity(number);

/** Core resources that a quota may count by their bare name. */
const countedByName = new Set([
  'configmaps',
  'persistentvolumeclaims',
  'pods',
  'replicationcontrollers',
  'resourcequotas',
  'secrets',
  'services',
]);
const bareNames = new Set(['cpu', 'memory', 'ephemeral-storage']);

/** Pods that are over use nothing; neither do those that outlive their own end. */
function usesNothing({ status }: Pod): boolean {
  return status.phase === 'Succeeded' || status.phase === 'Failed';
}

function podUsage(spec: PodSpec): Map<string, Quantity> {
  const usage = new Map<string, Quantity>();
  for (const [name, amount] of podAmounts(spec, 'requests')) {
    usage.set(`requests.${name}`, amount);
    if (bareNames.has(name) || name.startsWith('hugepages-')) usage.set(name, amount);
  }
  for (const [name, amount] of podAmounts(spec, 'limits')) if (bareNames.has(name)) usage.set(`limits.${name}`, amount);
  return usage;
}

function serviceUsage({ spec }: Service): Map<string, Quantity> {
  return new Map([
    ['services.nodeports', count(needsNodePort(spec) ? (spec.ports ?? []).length : 0)],
    ['services.loadbalancers', count(spec.type === 'LoadBalancer' ? 1 : 0)],
  ]);
}

function claimUsage({ spec }: PersistentVolumeClaim): Map<string, Quantity> {
  const usage = new Map<string, Quantity>();
  const storage = amountsOf(spec.resources?.requests).get('storage');
  const { storageClassName } = spec;
  const ofClass = storageClassName === undefined ? undefined : `${storageClassName}.storageclass.storage.k8s.io`;
  if (ofClass !== undefined) usage.set(`${ofClass}/persistentvolumeclaims`, count(1));
  if (storage === undefined) return usage;
  usage.set('requests.storage', storage);
  if (ofClass !== undefined) usage.set(`${ofClass}/requests.storage`, storage);
  return usage;
}

function ownUsage({ plural }: AnyKind, object: ApiObject): Map<string, Quantity> {
  switch (plural) {
    case 'pods':
      return podUsage((object as unknown as Pod).spec);
    case 'services':
      return serviceUsage(object as unknown as Service);
    case 'persistentvolumeclaims':
      return claimUsage(object as unknown as PersistentVolumeClaim);
    default:
      return new Map();
  }
}

/** What one object uses up of a quota, by the names that quotas have for it. */
export function usageOf(kind: AnyKind, object: ApiObject): Amounts {
  const { group, plural } = kind;
  const counted = group === '' ? `count/${plural}` : `count/${plural}.${group}`;
  if (group !== '') return new Map([[counted, count(1)]]);
  // A finished pod still counts as an object.
  if (plural === 'pods' && usesNothing(object as unknown as Pod)) return new Map([[counted, count(1)]]);
  const usage = ownUsage(kind, object);
  usage.set(counted, count(1));
  if (countedByName.has(plural)) usage.set(plural, count(1));
  return usage;
}
