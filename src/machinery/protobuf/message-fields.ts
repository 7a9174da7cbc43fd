import type { MessageSchema, Schema } from '../../api/schema.ts';
import { fieldSchema } from '../../api/schema.ts';

/** A field of a message on the wire; inline messages stand for themselves here, as they do in protobuf. */
export interface WireField {
  readonly name: string;
  readonly number: number;
  readonly schema: Schema;
  readonly presence: 'required' | 'present' | 'optional' | 'inline';
  /** Go writes its zero although it means "not set". */
  readonly zeroIsUnset: boolean;
}

/**
 * Go writes a field that is no pointer even when it is zero, and its JSON form then omits it. The wire does
 * not tell such a field from a pointer to zero, so what must not appear as 0 or false is listed here.
 */
const zeroIsUnset: Readonly<Record<string, readonly string[]>> = {
  ObjectMeta: ['generation'],
  Container: ['stdin', 'stdinOnce', 'tty'],
  EphemeralContainer: ['stdin', 'stdinOnce', 'tty'],
  VolumeMount: ['readOnly'],
  PersistentVolumeClaimVolumeSource: ['readOnly'],
  NFSVolumeSource: ['readOnly'],
  PodSpec: ['hostNetwork', 'hostPID', 'hostIPC'],
  NodeSpec: ['unschedulable'],
  PriorityClass: ['globalDefault'],
  ContainerPort: ['hostPort'],
  ServicePort: ['nodePort', 'targetPort'],
  ServiceSpec: ['healthCheckNodePort', 'publishNotReadyAddresses'],
  ServiceBackendPort: ['number'],
  Probe: ['initialDelaySeconds', 'timeoutSeconds', 'periodSeconds', 'successThreshold', 'failureThreshold'],
  DeploymentSpec: ['minReadySeconds', 'paused'],
  DaemonSetSpec: ['minReadySeconds'],
  StatefulSetSpec: ['minReadySeconds'],
  ReplicaSetSpec: ['minReadySeconds'],
  ReplicationControllerSpec: ['minReadySeconds'],
  DeploymentStatus: [
    'observedGeneration',
    'replicas',
    'updatedReplicas',
    'readyReplicas',
    'availableReplicas',
    'unavailableReplicas',
  ],
  JobStatus: ['active', 'succeeded', 'failed'],
  Event: ['count', 'deprecatedCount'],
  EventSeries: ['count'],
  ListMeta: ['remainingItemCount'],
};

/** Optional text that is a pointer in Go, and means something when it is empty. */
const emptyIsMeant: Readonly<Record<string, readonly string[]>> = {
  PersistentVolumeClaimSpec: ['storageClassName', 'volumeAttributesClassName'],
  EndpointPort: ['name'],
};

const cache = new WeakMap<MessageSchema, ReadonlyMap<number, WireField>>();

/** The fields of a message by number, worked out once for each schema. */
export function wireFields(schema: MessageSchema): ReadonlyMap<number, WireField> {
  const known = cache.get(schema);
  if (known !== undefined) return known;
  const type = schema.name.slice(schema.name.lastIndexOf('.') + 1);
  const fields = new Map<number, WireField>();
  for (const [name, field] of Object.entries(schema.fields)) {
    // Number 0 marks what travels in the envelope: apiVersion and kind.
    if (field.number === 0) continue;
    const resolved = fieldSchema(field);
    const isText = resolved.type === 'string' || resolved.type === 'bytes';
    const meantEmpty = emptyIsMeant[type]?.includes(name) === true;
    fields.set(field.number, {
      name,
      number: field.number,
      schema: resolved,
      presence: field.presence,
      zeroIsUnset: field.presence === 'optional' && (isText ? !meantEmpty : zeroIsUnset[type]?.includes(name) === true),
    });
  }
  cache.set(schema, fields);
  return fields;
}
