import type { PersistentVolumeClaim } from '../../api/core/persistent-volume-claim.schema.ts';
import type { PodSpec } from '../../api/core/pod-spec.schema.ts';
import type { Pod } from '../../api/core/pod.schema.ts';
import type { Service } from '../../api/core/service.schema.ts';
import { needsNodePort } from '../../api/core/service-shape.ts';
import type { Quantity } from '../../api/values/quantity.ts';
import { parseQuantity } from '../../api/values/quantity.ts';
import type { Amounts } from './pod-amounts.ts';
import { amountsOf, podAmounts } from './pod-amounts.ts';

/** The kind of something that quotas count. */
export interface Counted {
  readonly group: string;
  readonly plural: string;
}

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

/** The kind whose objects a name in a quota counts; undefined for a name that means nothing. */
export function countedKind(name: string): Counted | undefined {
  const core = (plural: string): Counted => ({ group: '', plural });
  const [prefix = '', rest = ''] = name.split(/[/.](.*)/s, 2);
  if (name.startsWith('count/')) {
    const [plural = '', group = ''] = rest.split(/\.(.*)/s, 2);
    return { group, plural };
  }
  if (countedByName.has(name)) return core(name);
  if (name === 'services.nodeports' || name === 'services.loadbalancers') return core('services');
  if (name === 'requests.storage' || name.includes('.storageclass.storage.k8s.io/')) {
    return core('persistentvolumeclaims');
  }
  const ofPods = bareNames.has(name) || name.startsWith('hugepages-') || prefix === 'requests';
  return ofPods || (prefix === 'limits' && bareNames.has(rest)) ? core('pods') : undefined;
}

/** Pods that are over use nothing; neither do those that should have ended long ago, on nodes that do not answer. */
function usesNothing({ metadata, status }: Pod, now: number): boolean {
  if (status.phase === 'Succeeded' || status.phase === 'Failed') return true;
  const { deletionTimestamp, deletionGracePeriodSeconds: grace } = metadata;
  if (deletionTimestamp === undefined || grace === undefined) return false;
  return now > Date.parse(deletionTimestamp) + grace * 1000;
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

function ownUsage({ plural }: Counted, object: object): Map<string, Quantity> {
  switch (plural) {
    case 'pods':
      return podUsage((object as Pod).spec);
    case 'services':
      return serviceUsage(object as Service);
    case 'persistentvolumeclaims':
      return claimUsage(object as PersistentVolumeClaim);
    default:
      return new Map();
  }
}

/** What one object uses up of a quota at a time (ms since the epoch), by the names that quotas have for it. */
export function usageOf(kind: Counted, object: object, now = 0): Amounts {
  const { group, plural } = kind;
  const counted = group === '' ? `count/${plural}` : `count/${plural}.${group}`;
  if (group !== '') return new Map([[counted, count(1)]]);
  // A finished pod still counts as an object.
  if (plural === 'pods' && usesNothing(object as Pod, now)) return new Map([[counted, count(1)]]);
  const usage = ownUsage(kind, object);
  usage.set(counted, count(1));
  if (countedByName.has(plural)) usage.set(plural, count(1));
  return usage;
}
