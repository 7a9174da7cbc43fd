import type { Node } from '../../api/core/node.schema.ts';
import { nodeKind } from '../../api/core/node.ts';
import type { Pod } from '../../api/core/pod.schema.ts';
import { podKind } from '../../api/core/pod.ts';
import type { AnyKind } from '../../api/kind.ts';
import { nodeMetricsKind } from '../../api/metrics/node-metrics.ts';
import { podMetricsKind } from '../../api/metrics/pod-metrics.ts';
import type { Call } from '../handlers/call.ts';
import { answerObject } from '../handlers/get.ts';
import type { ApiResponse } from '../http/message.ts';
import { notFound } from '../http/status.ts';
import { encodeAnswer, representationOf } from '../negotiation/encode.ts';
import { includeObjectOf, listParts, partialMetadata, tableOf } from '../negotiation/represent.ts';
import type { ApiObject } from '../registry/api-object.ts';
import { timestamp } from '../registry/core.ts';
import { groupVersion } from '../registry/kind-registry.ts';
import { keyOfObject, prefixOf } from '../registry/keys.ts';
import { selectionOf } from '../request/selection.ts';
import { containerKey } from './scrape.ts';
import type { UsageSource } from './source.ts';
import type { NodeUsage } from './usage.ts';
import { usageList, windowText } from './usage.ts';

/** The kinds of `metrics.k8s.io`, for servers that can ask the kubelets. */
export const resourceMetricsKinds: readonly AnyKind[] = [nodeMetricsKind, podMetricsKind];

/** Whether a kind is computed here instead of read from the store. */
export const isResourceMetrics = ({ group, kind }: AnyKind): boolean =>
  resourceMetricsKinds.some((each) => each.group === group && each.kind === kind);

const metadataOf = ({ metadata }: Node | Pod): object => {
  const { name, namespace, labels } = metadata;
  return {
    name,
    ...(namespace === undefined ? {} : { namespace }),
    creationTimestamp: timestamp(Date.now()),
    ...(labels === undefined ? {} : { labels }),
  };
};

function nodeMetrics(node: Node, usages: ReadonlyMap<string, NodeUsage>): object | undefined {
  const usage = usages.get(node.metadata.name)?.node;
  if (usage === undefined) return undefined;
  const time = { timestamp: timestamp(usage.at), window: windowText(usage.windowMs) };
  return { metadata: metadataOf(node), ...time, usage: usageList(usage) };
}

function podMetrics(pod: Pod, usages: ReadonlyMap<string, NodeUsage>): object | undefined {
  const { name, namespace } = pod.metadata;
  const known = usages.get(pod.spec.nodeName ?? '')?.containers;
  const containers = [...(pod.spec.initContainers ?? []), ...pod.spec.containers].flatMap((container) => {
    const usage = known?.get(containerKey(namespace, name, container.name));
    return usage === undefined ? [] : [{ container: container.name, usage }];
  });
  const [first] = containers;
  if (first === undefined) return undefined;
  return {
    metadata: metadataOf(pod),
    timestamp: timestamp(Math.min(...containers.map(({ usage }) => usage.at))),
    window: windowText(Math.max(...containers.map(({ usage }) => usage.windowMs))),
    containers: containers.map(({ container, usage }) => ({ name: container, usage: usageList(usage) })),
  };
}

/** The nodes or pods that a call is about. */
async function subjects({ core, kind, info }: Call): Promise<readonly (Node | Pod)[]> {
  const of = kind.kind === 'NodeMetrics' ? nodeKind : podKind;
  if (info.verb === 'get') {
    const found = await core.store.get(keyOfObject(of, info.namespace, info.name));
    return found === undefined ? [] : [found.object as Node | Pod];
  }
  const { matches, name } = selectionOf(kind, info.query);
  const { items } = await core.store.list(prefixOf(of, info.namespace));
  return items
    .map(({ object }) => object as Node | Pod)
    .filter(({ metadata }) => name === undefined || metadata.name === name)
    .filter((object) => matches === undefined || matches(object as unknown as ApiObject));
}

/** The nodes whose kubelets have to be asked about some nodes or pods. */
async function nodesOf({ core, kind }: Call, asked: readonly (Node | Pod)[]): Promise<readonly Node[]> {
  const isNode = kind.kind === 'NodeMetrics';
  const names = new Set(asked.map((each) => (isNode ? each.metadata.name : (each as Pod).spec.nodeName)));
  const { items } = await core.store.list(prefixOf(nodeKind));
  return items.map(({ object }) => object as Node).filter(({ metadata }) => names.has(metadata.name));
}

/** Answers a get or list of NodeMetrics or PodMetrics; what nobody can measure now is not there. */
export async function answerResourceMetrics(call: Call, source: UsageSource): Promise<ApiResponse> {
  const { kind, info, request } = call;
  const asked = await subjects(call);
  const usages = await source.usage(await nodesOf(call, asked));
  const type = { kind: kind.kind, apiVersion: groupVersion(kind) };
  const objects = asked.flatMap((each): ApiObject[] => {
    const computed = kind.kind === 'NodeMetrics' ? nodeMetrics(each as Node, usages) : podMetrics(each as Pod, usages);
    return computed === undefined ? [] : [{ ...type, ...computed } as unknown as ApiObject];
  });
  const [first] = objects;
  if (info.verb === 'get') {
    if (first === undefined) throw notFound(kind, info.name);
    return answerObject(call, 200, { object: first });
  }
  const representation = representationOf(request);
  const metadata = { resourceVersion: '' };
  const encode = (parts: readonly Buffer[]): Promise<ApiResponse> =>
    encodeAnswer(request, info.query, { status: 200, parts, format: representation.format, warnings: [] });
  const json = (value: unknown): Buffer => Buffer.from(JSON.stringify(value));
  switch (representation.as) {
    case 'Table': {
      const options = { includeObject: includeObjectOf(info.query), metadata };
      return encode([json(tableOf(kind, objects, representation, options))]);
    }
    case 'PartialObjectMetadata':
    case 'PartialObjectMetadataList': {
      const apiVersion = `meta.k8s.io/${representation.metaVersion}`;
      const items = objects.map((object) => partialMetadata(object, representation));
      return encode([json({ kind: 'PartialObjectMetadataList', apiVersion, metadata, items })]);
    }
    case 'object':
      return encode(listParts(kind, metadata, objects.map(json)));
  }
}
