import type { Container } from '../../../api/core/container.schema.ts';
import type { LimitRangeItem } from '../../../api/core/limit-range.schema.ts';
import type { Pod } from '../../../api/core/pod.schema.ts';

type Quantities = Readonly<Record<string, string>>;

/** What a container gets that names no amounts of its own. */
export interface ContainerDefaults {
  readonly limits: Quantities;
  readonly requests: Quantities;
}

/** What one item gives: its limits fall back on its maximum, its requests on its limits and its minimum. */
export function defaultsOf({ type, max, min, default: limits, defaultRequest }: LimitRangeItem): ContainerDefaults {
  if (type !== 'Container') return { limits: {}, requests: {} };
  const all = { ...max, ...limits };
  return { limits: all, requests: { ...min, ...all, ...defaultRequest } };
}

function missing(defaults: Quantities, present: Quantities): readonly string[] {
  return Object.keys(defaults)
    .filter((name) => present[name] === undefined)
    .toSorted();
}

interface Completed {
  readonly container: Container;
  readonly notes: readonly string[];
}

function complete(container: Container, defaults: ContainerDefaults, what: string): Completed {
  const { limits = {}, requests = {}, ...rest } = container.resources ?? {};
  const setLimits = missing(defaults.limits, limits);
  const setRequests = missing(defaults.requests, requests);
  if (setLimits.length === 0 && setRequests.length === 0) return { container, notes: [] };
  const resources = {
    ...rest,
    limits: { ...defaults.limits, ...limits },
    requests: { ...defaults.requests, ...requests },
  };
  const note = (names: readonly string[], field: string): readonly string[] =>
    names.length === 0 ? [] : [`${names.join(', ')} ${field} for ${what} ${container.name}`];
  return {
    container: { ...container, resources },
    notes: [...note(setRequests, 'request'), ...note(setLimits, 'limit')],
  };
}

const annotation = 'kubernetes.io/limit-ranger';

/** A pod with the amounts that its namespace gives to containers without; an annotation says which. */
export function withContainerDefaults(pod: Pod, defaults: ContainerDefaults): Pod {
  const { containers, initContainers } = pod.spec;
  const completed = containers.map((container) => complete(container, defaults, 'container'));
  const init = initContainers?.map((container) => complete(container, defaults, 'init container'));
  const notes = [...completed, ...(init ?? [])].flatMap((each) => each.notes);
  if (notes.length === 0) return pod;
  const annotations = { ...pod.metadata.annotations, [annotation]: `LimitRanger plugin set: ${notes.join('; ')}` };
  return {
    ...pod,
    metadata: { ...pod.metadata, annotations },
    spec: {
      ...pod.spec,
      containers: completed.map(({ container }) => container),
      ...(init === undefined ? {} : { initContainers: init.map(({ container }) => container) }),
    },
  };
}
