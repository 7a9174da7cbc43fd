import type { Pod } from '../../api/core/pod.schema.ts';
import { validateResizeUpdate } from '../../api/core/pod-resize.ts';
import { validateEphemeralContainersUpdate } from '../../api/core/pod-update.ts';
import type { ApiObject } from '../registry/api-object.ts';
import { timestamp } from '../registry/core.ts';
import type { UpdateOptions } from '../registry/update.ts';

type Rules = Pick<UpdateOptions, 'shape' | 'validateUpdate'>;

const podOf = (object: ApiObject): Pod => object as unknown as Pod;

/** The old object with a part of the new one's spec. */
function withSpecOf(object: ApiObject, old: ApiObject, fields: readonly string[]): ApiObject {
  const spec: Record<string, unknown> = { ...(old['spec'] as object | undefined) };
  const asked = (object['spec'] ?? {}) as Readonly<Record<string, unknown>>;
  for (const field of fields) {
    if (asked[field] === undefined) delete spec[field];
    else spec[field] = asked[field];
  }
  return { ...keepManagers(object, old), spec };
}

function keepManagers(object: ApiObject, old: ApiObject): ApiObject {
  const { managedFields } = object.metadata;
  return managedFields === undefined ? old : { ...old, metadata: { ...old.metadata, managedFields } };
}

interface Sized {
  readonly name: string;
  readonly resources?: unknown;
  readonly resizePolicy?: unknown;
}

/** Containers keep all but what they may use. */
function resized(asked: readonly Sized[] | undefined, old: readonly Sized[] | undefined): readonly Sized[] | undefined {
  return old?.map((container) => {
    const wanted = asked?.find(({ name }) => name === container.name);
    return wanted === undefined ? container : { ...container, resources: wanted.resources };
  });
}

function resizePod(object: ApiObject, old: ApiObject): ApiObject {
  const asked = podOf(object).spec;
  const { spec } = podOf(old);
  const containers = resized(asked.containers, spec.containers);
  const initContainers = resized(asked.initContainers, spec.initContainers);
  const sized = { ...spec, containers, ...(initContainers === undefined ? {} : { initContainers }) };
  return { ...keepManagers(object, old), spec: sized };
}

interface Decision {
  readonly lastTransitionTime?: string | null;
}

/** A signing request's approval is its conditions; labels and annotations may come along. */
function approve(object: ApiObject, old: ApiObject): ApiObject {
  const { conditions } = (object['status'] ?? {}) as { readonly conditions?: readonly Decision[] };
  const now = timestamp(Date.now());
  const stamped = conditions?.map((one) => ({ ...one, lastTransitionTime: one.lastTransitionTime ?? now }));
  const status = {
    ...(old['status'] as object | undefined),
    ...(stamped === undefined ? {} : { conditions: stamped }),
  };
  return { ...old, metadata: object.metadata, status };
}

/** Subresources that are read and written in the form of the object itself, by `resource/subresource`. */
const rules: Readonly<Record<string, Rules>> = {
  'namespaces/finalize': { shape: (object, old) => withSpecOf(object, old, ['finalizers']) },
  'certificatesigningrequests/approval': { shape: approve },
  'pods/ephemeralcontainers': {
    shape: (object, old) => withSpecOf(object, old, ['ephemeralContainers']),
    validateUpdate: (object, old) => validateEphemeralContainersUpdate(podOf(object), podOf(old)),
  },
  'pods/resize': {
    shape: resizePod,
    validateUpdate: (object, old) => validateResizeUpdate(podOf(object), podOf(old)),
  },
};

/** How a write through a subresource with the object's own form is done; undefined for any other subresource. */
export function objectSubresource(plural: string, subresource: string): Rules | undefined {
  return subresource === 'status' ? {} : rules[`${plural}/${subresource}`];
}
