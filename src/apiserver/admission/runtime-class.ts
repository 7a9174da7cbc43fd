import type { Pod } from '../../api/core/pod.schema.ts';
import type { Toleration } from '../../api/core/scheduling.schema.ts';
import type { RuntimeClass, Scheduling } from '../../api/node/runtime-class.schema.ts';
import { runtimeClasses } from '../../api/resources.ts';
import { isStatus } from '../../api/status-error.ts';
import { semanticallyEqual } from '../../api/validation/equality.ts';
import { canonicalQuantity } from '../../api/values/quantity.ts';
import { forbidden } from '../http/status.ts';
import { newPod, withSpec } from './pod-creation.ts';
import type { AdmissionContext, AdmissionPlugin, AdmissionRequest } from './types.ts';

type Quantities = Readonly<Record<string, string>>;

async function classOf(
  request: AdmissionRequest,
  name: string | undefined,
  context: AdmissionContext,
): Promise<RuntimeClass | undefined> {
  if (name === undefined) return undefined;
  try {
    return await context.read(runtimeClasses, { name });
  } catch (error) {
    if (!isStatus(error, 'NotFound')) throw error;
    throw forbidden(request.kind, request.name, `pod rejected: RuntimeClass ${JSON.stringify(name)} not found`);
  }
}

/** Equal amounts, however they are written. */
function sameAmounts(a: Quantities, b: Quantities): boolean {
  const read = (amounts: Quantities): Quantities =>
    Object.fromEntries(Object.entries(amounts).map(([name, text]) => [name, canonicalQuantity(text)]));
  return semanticallyEqual(read(a), read(b));
}

/** True when whatever `inner` tolerates, `outer` tolerates too. */
function covers(outer: Toleration, inner: Toleration): boolean {
  if (semanticallyEqual(outer, inner)) return true;
  const { key = '', operator = 'Equal', effect = '', tolerationSeconds } = outer;
  if (key !== (inner.key ?? '') && (key !== '' || operator !== 'Exists')) return false;
  if (effect !== '' && effect !== inner.effect) return false;
  const { tolerationSeconds: innerSeconds = Infinity } = inner;
  if (effect === 'NoExecute' && tolerationSeconds !== undefined && innerSeconds > tolerationSeconds) return false;
  if (operator === 'Exists') return true;
  const sameValue = (outer.value ?? '') === (inner.value ?? '');
  return operator === 'Equal' && (inner.operator ?? 'Equal') === 'Equal' && sameValue;
}

/** Both lists, without those that another one covers; of equal ones the first stays. */
function mergeTolerations(first: readonly Toleration[], second: readonly Toleration[]): readonly Toleration[] {
  const all = [...first, ...second];
  return all.filter((toleration, index) => {
    if (all.slice(0, index).some((before) => covers(before, toleration))) return false;
    const later = all.slice(index + 1);
    return !later.some((other) => !semanticallyEqual(other, toleration) && covers(other, toleration));
  });
}

function scheduled(request: AdmissionRequest, { spec }: Pod, scheduling: Scheduling): Partial<Pod['spec']> {
  const { nodeSelector: wanted = {}, tolerations = [] } = scheduling;
  const own = spec.nodeSelector ?? {};
  for (const [key, value] of Object.entries(wanted)) {
    const asked = Object.hasOwn(own, key) ? own[key] : undefined;
    if (asked === undefined || asked === value) continue;
    const text = `conflict: runtimeClass.scheduling.nodeSelector[${key}] = ${value}; pod.spec.nodeSelector[${key}] = ${asked}`;
    throw forbidden(request.kind, request.name, text);
  }
  const nodeSelector = { ...own, ...wanted };
  const merged = mergeTolerations(spec.tolerations ?? [], tolerations);
  return {
    ...(Object.keys(nodeSelector).length === 0 ? {} : { nodeSelector }),
    ...(merged.length === 0 ? {} : { tolerations: merged }),
  };
}

const mismatch = "pod rejected: Pod's Overhead doesn't match RuntimeClass's defined Overhead";
const groundless = 'pod rejected: Pod Overhead set without corresponding RuntimeClass defined Overhead';

/** A pod's RuntimeClass exists, and says what its sandbox takes beyond its containers and which nodes can run it. */
export const runtimeClassAdmission: AdmissionPlugin = {
  name: 'RuntimeClass',
  async mutate(request, context) {
    const pod = newPod(request);
    if (pod === undefined) return request.object;
    const found = await classOf(request, pod.spec.runtimeClassName, context);
    const { overhead: asked = {} } = pod.spec;
    const fixed = found?.overhead === undefined ? undefined : (found.overhead.podFixed ?? {});
    if (fixed !== undefined && Object.keys(asked).length > 0 && !sameAmounts(asked, fixed))
      throw forbidden(request.kind, request.name, mismatch);
    return withSpec(pod, {
      ...(fixed === undefined || Object.keys(fixed).length === 0 ? {} : { overhead: fixed }),
      ...(found?.scheduling === undefined ? {} : scheduled(request, pod, found.scheduling)),
    });
  },
  async validate(request, context) {
    const pod = newPod(request);
    if (pod === undefined) return;
    const { overhead } = pod.spec;
    const found = await classOf(request, pod.spec.runtimeClassName, context);
    if (found?.overhead === undefined) {
      if (overhead !== undefined) throw forbidden(request.kind, request.name, groundless);
    } else if (!sameAmounts(found.overhead.podFixed ?? {}, overhead ?? {})) {
      throw forbidden(request.kind, request.name, mismatch);
    }
  },
};
