import type { FieldError } from '../field-error.ts';
import { forbiddenField, invalidField } from '../field-error.ts';
import { semanticallyEqual } from '../validation/equality.ts';
import type { Container } from './container.schema.ts';
import type { PodSpec } from './pod-spec.schema.ts';
import type { Pod } from './pod.schema.ts';
import { qosClass } from './qos-class.ts';
import type { ResourceList } from './resources.ts';

type Containers = readonly Container[];
const lists = ['limits', 'requests'] as const;
const resizable = ['cpu', 'memory'];

const fixedAmounts = (list: ResourceList | undefined): ResourceList =>
  Object.fromEntries(Object.entries(list ?? {}).filter(([name]) => !resizable.includes(name)));

/** Containers without what a resize may change. */
const fixedParts = (containers: Containers | undefined): unknown =>
  (containers ?? []).map(({ resources = {}, resizePolicy: _policy, ...rest }) => ({
    ...rest,
    resources: {
      ...resources,
      limits: fixedAmounts(resources.limits),
      requests: fixedAmounts(resources.requests),
    },
  }));

const fixedSpec = ({ containers, initContainers, ...rest }: PodSpec): unknown => ({
  ...rest,
  containers: fixedParts(containers),
  initContainers: fixedParts(initContainers),
});

/** What a container has been promised, or held to, stays under some figure. */
function validateKept(containers: Containers, old: Containers, path: string): FieldError[] {
  return containers.flatMap(({ resources }, index) =>
    lists.flatMap((list) => {
      const before = old[index]?.resources?.[list] ?? {};
      const after = resources?.[list] ?? {};
      const isRemoved = resizable.some((name) => before[name] !== undefined && after[name] === undefined);
      return isRemoved
        ? [forbiddenField(`${path}[${index}].resources.${list}`, `resource ${list} cannot be removed`)]
        : [];
    }),
  );
}

/** The faults of a change through `pods/resize`: only how much CPU and memory containers have changes. */
export function validateResizeUpdate({ spec }: Pod, { spec: old, status }: Pod): FieldError[] {
  const [before, after] = [status.qosClass ?? qosClass(old), qosClass(spec)];
  return [
    ...(before === after ? [] : [invalidField('spec', before, 'Pod QOS Class may not change as a result of resizing')]),
    ...(['containers', 'initContainers'] as const).flatMap((field) =>
      (spec[field] ?? []).length === (old[field] ?? []).length
        ? validateKept(spec[field] ?? [], old[field] ?? [], `spec.${field}`)
        : [forbiddenField(`spec.${field}`, 'containers may not be added or removed on resize')],
    ),
    ...(semanticallyEqual(fixedSpec(spec), fixedSpec(old))
      ? []
      : [forbiddenField('spec', 'only cpu and memory resources are mutable')]),
  ];
}
