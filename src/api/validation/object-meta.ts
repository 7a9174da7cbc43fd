import type { FieldError } from '../field-error.ts';
import { forbiddenField, invalidField, requiredField } from '../field-error.ts';
import type { AnyKind, KindDefinition } from '../kind.ts';
import type { ObjectMeta, OwnerReference } from '../meta/meta.schema.ts';
import { validateImmutable } from './equality.ts';
import { ipNameComplaints } from './ip.ts';
import { validateAnnotations, validateLabels } from './labels.ts';
import type { Complaints } from './names.ts';
import {
  dns1035LabelComplaints,
  dnsLabelComplaints,
  dnsSubdomainComplaints,
  pathSegmentComplaints,
  qualifiedNameComplaints,
} from './names.ts';

type NameRule = NonNullable<KindDefinition['nameRule']>;
interface WithMeta {
  readonly metadata: ObjectMeta;
}

const nameChecks: Readonly<Record<NameRule, (value: string, prefix?: boolean) => Complaints>> = {
  'dns-subdomain': dnsSubdomainComplaints,
  'dns-label': dnsLabelComplaints,
  'dns-1035-label': dns1035LabelComplaints,
  'path-segment': pathSegmentComplaints,
  'ip-address': ipNameComplaints,
};
const standardFinalizers: ReadonlySet<string> = new Set(['kubernetes', 'orphan', 'foregroundDeletion']);

/** What is wrong with a name under `rule`; a prefix (`generateName`) may end where a name may not. */
export function nameComplaints(rule: NameRule, value: string, prefix = false): Complaints {
  // Something will follow a trailing hyphen, so it stands for a character that any name may end with.
  const whole = prefix && rule !== 'path-segment' && value.endsWith('-') ? `${value.slice(0, -1)}a` : value;
  return nameChecks[rule](whole, prefix);
}

function validateNames(kind: AnyKind, metadata: ObjectMeta): FieldError[] {
  const rule = kind.nameRule ?? 'dns-subdomain';
  const errors: FieldError[] = [];
  const { name = '', generateName = '', namespace = '' } = metadata;
  if (generateName !== '') {
    const complaints = nameComplaints(rule, generateName, true);
    errors.push(...complaints.map((text) => invalidField('metadata.generateName', generateName, text)));
  }
  if (name === '') errors.push(requiredField('metadata.name', 'name or generateName is required'));
  else errors.push(...nameComplaints(rule, name).map((text) => invalidField('metadata.name', name, text)));
  if (!kind.namespaced) {
    if (namespace !== '') errors.push(forbiddenField('metadata.namespace', 'not allowed on this type'));
  } else if (namespace === '') errors.push(requiredField('metadata.namespace'));
  else errors.push(...dnsLabelComplaints(namespace).map((text) => invalidField('metadata.namespace', namespace, text)));
  return errors;
}

function validateOwnerReference(owner: OwnerReference, path: string): FieldError[] {
  const errors: FieldError[] = [];
  const empty = (field: 'kind' | 'name' | 'uid'): void => {
    if (owner[field] === '') errors.push(invalidField(`${path}.${field}`, '', `${field} must not be empty`));
  };
  if (owner.apiVersion === '' || owner.apiVersion.endsWith('/')) {
    errors.push(invalidField(`${path}.apiVersion`, owner.apiVersion, 'version must not be empty'));
  }
  empty('kind');
  empty('name');
  empty('uid');
  if (owner.kind === 'Event' && (owner.apiVersion === 'v1' || owner.apiVersion.startsWith('events.k8s.io/'))) {
    const shown = owner.apiVersion === 'v1' ? '/v1, Kind=Event' : `${owner.apiVersion}, Kind=Event`;
    errors.push(invalidField(path, owner, `${shown} is disallowed from being an owner`));
  }
  return errors;
}

function validateOwners(owners: readonly OwnerReference[]): FieldError[] {
  const path = 'metadata.ownerReferences';
  const errors = owners.flatMap((owner, index) => validateOwnerReference(owner, `${path}[${index}]`));
  const [first, ...more] = owners.filter((owner) => owner.controller === true);
  const found = more.map((owner) =>
    invalidField(
      path,
      owners,
      `Only one reference can have Controller set to true. Found "true" in references for ${first?.name} and ${owner.name}`,
    ),
  );
  return [...errors, ...found];
}

/** Kinds of the cluster's own groups take no other plain names; definitions and what they define take any. */
const takesPlainFinalizers = ({ group, schema }: AnyKind): boolean =>
  schema.structural !== undefined || group === 'apiextensions.k8s.io';

function validateFinalizers(kind: AnyKind, finalizers: readonly string[]): FieldError[] {
  const path = 'metadata.finalizers';
  const errors = finalizers.flatMap((finalizer, index) => {
    const complaints = qualifiedNameComplaints(finalizer);
    const plain =
      !takesPlainFinalizers(kind) &&
      complaints.length === 0 &&
      !finalizer.includes('/') &&
      !standardFinalizers.has(finalizer);
    return [
      ...complaints.map((text) => invalidField(path, finalizer, text)),
      ...(plain
        ? [
            invalidField(
              `${path}[${index}]`,
              finalizer,
              'name is neither a standard finalizer name nor is it fully qualified',
            ),
          ]
        : []),
    ];
  });
  if (finalizers.includes('orphan') && finalizers.includes('foregroundDeletion')) {
    errors.push(invalidField(path, finalizers, 'finalizer orphan and foregroundDeletion cannot be both set'));
  }
  return errors;
}

/** The faults of an object's metadata by the rules of its kind; the name has been generated before. */
export function validateObjectMeta(kind: AnyKind, object: WithMeta): readonly FieldError[] {
  const { metadata } = object;
  return [
    ...validateNames(kind, metadata),
    ...validateLabels(metadata.labels, 'metadata.labels'),
    ...validateAnnotations(metadata.annotations, 'metadata.annotations'),
    ...validateOwners(metadata.ownerReferences ?? []),
    ...validateFinalizers(kind, metadata.finalizers ?? []),
  ];
}

const immutableMeta = ['name', 'namespace', 'uid', 'creationTimestamp'] as const;

/** The faults of a change to an object's metadata; `validateObjectMeta` covers the new metadata by itself. */
export function validateObjectMetaUpdate(object: WithMeta, old: WithMeta): readonly FieldError[] {
  const { metadata } = object;
  const errors = immutableMeta.flatMap((field) =>
    validateImmutable(metadata[field], old.metadata[field], `metadata.${field}`),
  );
  const oldFinalizers = new Set(old.metadata.finalizers ?? []);
  const added = (metadata.finalizers ?? []).filter((finalizer) => !oldFinalizers.has(finalizer));
  if (old.metadata.deletionTimestamp !== undefined && added.length > 0) {
    const shown = `[]string{${added.map((finalizer) => JSON.stringify(finalizer)).join(', ')}}`;
    errors.push(
      forbiddenField(
        'metadata.finalizers',
        `no new finalizers can be added if the object is being deleted, found new finalizers ${shown}`,
      ),
    );
  }
  return errors;
}
