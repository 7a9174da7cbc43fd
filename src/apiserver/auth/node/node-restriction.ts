import type { Node } from '../../../api/core/node.schema.ts';
import type { Pod } from '../../../api/core/pod.schema.ts';
import { nodes, pods } from '../../../api/resources.ts';
import type { AdmissionContext, AdmissionPlugin, AdmissionRequest } from '../../admission/types.ts';
import { forbiddenObject } from '../forbidden.ts';
import { nodeNameOf } from './node-authorizer.ts';
import { podReferences } from './pod-references.ts';

const mirrorAnnotation = 'kubernetes.io/config.mirror';
/** Labels under kubernetes.io and k8s.io that a kubelet may set on its own Node. */
const ownLabels = new Set([
  'kubernetes.io/hostname',
  'kubernetes.io/arch',
  'kubernetes.io/os',
  'beta.kubernetes.io/arch',
  'beta.kubernetes.io/os',
  'beta.kubernetes.io/instance-type',
  'node.kubernetes.io/instance-type',
  'failure-domain.beta.kubernetes.io/region',
  'failure-domain.beta.kubernetes.io/zone',
  'topology.kubernetes.io/region',
  'topology.kubernetes.io/zone',
]);
const ownNamespaces = ['kubelet.kubernetes.io', 'node.kubernetes.io'];

function isForbiddenLabel(key: string): boolean {
  const namespace = key.includes('/') ? key.slice(0, key.indexOf('/')) : '';
  const within = (domain: string): boolean => namespace === domain || namespace.endsWith(`.${domain}`);
  if (within('node-restriction.kubernetes.io')) return true;
  if (!within('kubernetes.io') && !within('k8s.io')) return false;
  return !ownLabels.has(key) && !ownNamespaces.some(within);
}

type Labels = Readonly<Record<string, string>>;
function forbiddenLabels(now: Labels = {}, before: Labels = {}): string {
  const changed = new Set([...Object.keys(now), ...Object.keys(before)].filter((key) => now[key] !== before[key]));
  return [...changed].filter(isForbiddenLabel).toSorted().join(', ');
}

/** Undefined, or why the node may not write this. */
type Refusal = string | undefined;
const quote = (text: string): string => JSON.stringify(text);

function checkNode(node: string, request: AdmissionRequest): Refusal {
  const object = request.object as unknown as Node | undefined;
  const old = request.old as unknown as Node | undefined;
  const name = request.name === '' ? (object?.metadata.name ?? '') : request.name;
  if (name !== node) return `node ${quote(node)} is not allowed to modify node ${quote(name)}`;
  if (object === undefined) return undefined;
  const labels = forbiddenLabels(object.metadata.labels, old?.metadata.labels);
  if (request.verb === 'create') {
    return labels === '' ? undefined : `node ${quote(node)} is not allowed to set the following labels: ${labels}`;
  }
  if (JSON.stringify(object.spec.taints ?? []) !== JSON.stringify(old?.spec.taints ?? [])) {
    return `node ${quote(node)} is not allowed to modify taints`;
  }
  return labels === '' ? undefined : `is not allowed to modify labels: ${labels}`;
}

async function checkMirrorPod(node: string, pod: Pod, context: AdmissionContext): Promise<Refusal> {
  const who = `node ${quote(node)}`;
  if (pod.metadata.annotations?.[mirrorAnnotation] === undefined) {
    return `pod does not have ${quote(mirrorAnnotation)} annotation, ${who} can only create mirror pods`;
  }
  if (pod.spec.nodeName !== node) return `${who} can only create pods with spec.nodeName set to itself`;
  const [owner, ...others] = pod.metadata.ownerReferences ?? [];
  if (others.length > 0) return `${who} can only create pods with a single owner reference set to itself`;
  if (owner === undefined || owner.apiVersion !== 'v1' || owner.kind !== 'Node' || owner.name !== node) {
    return `${who} can only create pods with an owner reference set to itself`;
  }
  if (owner.controller !== true) return `${who} can only create pods with a controller owner reference set to itself`;
  if (owner.blockOwnerDeletion === true) return `${who} must not set blockOwnerDeletion on an owner reference`;
  const { uid } = (await context.read(nodes, { name: node })).metadata;
  if (owner.uid !== uid) return `node ${node} UID mismatch: expected ${owner.uid} got ${uid}`;
  const { secrets, configMaps, claims, serviceAccount } = podReferences(pod);
  const used: readonly (readonly [boolean, string])[] = [
    [serviceAccount !== '', 'a service account'],
    [secrets.size > 0, 'secrets'],
    [configMaps.size > 0, 'configmaps'],
    [claims.size > 0, 'persistentvolumeclaims'],
  ];
  const what = used.find(([refers]) => refers)?.[1];
  return what === undefined ? undefined : `${who} can not create pods that reference ${what}`;
}

async function checkPod(node: string, request: AdmissionRequest, context: AdmissionContext): Promise<Refusal> {
  const { verb, subresource, namespace, name } = request;
  const who = `node ${quote(node)}`;
  const standsOn = async (): Promise<string | undefined> =>
    (await context.read(pods, { name, namespace })).spec.nodeName;
  if (subresource === 'status') {
    if (((request.old as unknown as Pod | undefined)?.spec.nodeName ?? '') !== node) {
      return `${who} can only update pod status for pods with spec.nodeName set to itself`;
    }
    const changed = JSON.stringify(request.object?.metadata.labels) !== JSON.stringify(request.old?.metadata.labels);
    return changed ? `${who} cannot update labels through pod status` : undefined;
  }
  if (subresource === 'eviction') {
    return (await standsOn()) === node
      ? undefined
      : `node ${node} can only evict pods with spec.nodeName set to itself`;
  }
  if (subresource !== '') {
    return `unexpected pod subresource ${quote(subresource)}, only 'status' and 'eviction' are allowed`;
  }
  if (verb === 'create') return checkMirrorPod(node, request.object as unknown as Pod, context);
  if (verb === 'delete') {
    return (await standsOn()) === node ? undefined : `${who} can only delete pods with spec.nodeName set to itself`;
  }
  return `unexpected operation ${quote(verb.toUpperCase())}, ${who} can only create and delete mirror pods`;
}

function checkOwnName(node: string, request: AdmissionRequest, thing: string): Refusal {
  const name = request.verb === 'create' ? (request.object?.metadata.name ?? '') : request.name;
  return name === node ? undefined : `can only access ${thing} with the same name as the requesting node`;
}

/** Keeps a node's writes to its own Node, Lease, CSINode and pods, and its hands off what steers workloads. */
export const nodeRestriction: AdmissionPlugin = {
  name: 'NodeRestriction',
  async validate(request, context) {
    const node = nodeNameOf(request.user);
    if (node === undefined || request.verb === 'connect') return;
    const { group, plural } = request.kind;
    const refuse = (reason: Refusal): void => {
      if (reason !== undefined) throw forbiddenObject(group, plural, request.name, reason);
    };
    if (node === '') refuse(`could not determine node from user ${quote(request.user.name)}`);
    if (group === '' && plural === 'pods') refuse(await checkPod(node, request, context));
    else if (group === '' && plural === 'nodes') refuse(checkNode(node, request));
    else if (group === 'coordination.k8s.io' && plural === 'leases') refuse(checkOwnName(node, request, 'node lease'));
    else if (group === 'storage.k8s.io' && plural === 'csinodes') refuse(checkOwnName(node, request, 'CSINode'));
    else if (group === '' && plural === 'persistentvolumeclaims' && request.subresource !== 'status') {
      refuse('may only update PVC status');
    }
  },
};
