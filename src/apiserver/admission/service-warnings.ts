import type { PodTemplateSpec } from '../../api/core/pod-template-spec.schema.ts';
import type { Pod } from '../../api/core/pod.schema.ts';
import type { Service } from '../../api/core/service.schema.ts';
import { jsonEqual } from '../../machinery/json.ts';
import type { Target } from '../../machinery/services/targets.ts';
import { missingPortNames, nearMatch, selectedTargets, selectorText } from '../../machinery/services/targets.ts';
import type { ApiObject } from '../registry/api-object.ts';
import type { AdmissionContext, AdmissionPlugin } from './types.ts';

const workloads = ['deployments', 'statefulsets', 'daemonsets'] as const;

/** Beyond so many pods in a namespace the templates of their workloads have to do: an answer must stay cheap. */
const mostPods = 2000;

/**
 * Warns about a Service that leads nowhere, as far as that is certain: a selector that nearly matches, and the name of
 * a port that no pod declares. A Service may well come before its pods, so that one that matches nothing at all is
 * worth no warning yet.
 */
export const serviceWarnings: AdmissionPlugin = {
  name: 'ServiceWarnings',
  async validate({ kind, subresource, verb, object, old, namespace, warnings }, context) {
    if (kind.group !== '' || kind.plural !== 'services' || subresource !== '' || verb === 'delete') return;
    const service = object as unknown as Service | undefined;
    const selector = service?.spec.selector ?? {};
    if (service === undefined || service.spec.type === 'ExternalName' || Object.keys(selector).length === 0) return;
    const before = (old as unknown as Service | undefined)?.spec;
    if (before !== undefined && jsonEqual(before.selector, selector) && jsonEqual(before.ports, service.spec.ports))
      return;
    const targets = await targetsIn(namespace, context);
    const selected = selectedTargets(selector, targets);
    const near = selected.length === 0 ? nearMatch(selector, targets) : undefined;
    if (near !== undefined)
      warnings.push(`spec.selector: ${selectorText(selector)} matches no pod, but nearly: ${near}`);
    warnings.push(...missingPortNames(service, selected).map((text) => `spec.ports: ${text}`));
  },
};

async function targetsIn(namespace: string, context: AdmissionContext): Promise<readonly Target[]> {
  const templates = await Promise.all(
    workloads.map(async (plural) => (await context.list({ group: 'apps', plural }, namespace)).map(templateTarget)),
  );
  const pods = (await context.list({ group: '', plural: 'pods' }, namespace)) as unknown as readonly Pod[];
  const alive = pods.length > mostPods ? [] : pods.filter(({ metadata }) => metadata.deletionTimestamp === undefined);
  return [
    ...templates.flat(),
    ...alive.map(({ metadata, spec }) => ({ name: `pod ${metadata.name}`, labels: metadata.labels ?? {}, spec })),
  ];
}

function templateTarget({ kind, metadata, ...rest }: ApiObject): Target {
  const { template } = (rest as unknown as { readonly spec: { readonly template: PodTemplateSpec } }).spec;
  return { name: `${kind} ${metadata.name}`, labels: template.metadata?.labels ?? {}, spec: template.spec };
}
