import { qualifiedNameComplaints } from '../validation/names.ts';
import { invalidField, invalidFields } from '../field-error.ts';
import { ageColumn, nameColumn, textColumn } from '../columns.ts';
import { allVerbs, defineKind } from '../kind.ts';
import { Namespace } from './namespace.schema.ts';

/** Carries the namespace's name, so that selectors can find it by that. */
const nameLabel = 'kubernetes.io/metadata.name';
/** Holds a namespace until everything in it is gone. */
const contentFinalizer = 'kubernetes';

export const namespaceKind = defineKind<Namespace>({
  group: '',
  version: 'v1',
  kind: 'Namespace',
  plural: 'namespaces',
  shortNames: ['ns'],
  namespaced: false,
  // Namespaces end one by one: so much goes with each.
  verbs: allVerbs.filter((verb) => verb !== 'deletecollection'),
  schema: Namespace,
  subresources: {
    status: true,
    finalize: { verbs: ['update'] },
  },
  nameRule: 'dns-label',
  defaults: (namespace) => {
    const { metadata } = namespace;
    if ((metadata.name ?? '') === '') return namespace;
    return { ...namespace, metadata: { ...metadata, labels: { ...metadata.labels, [nameLabel]: metadata.name } } };
  },
  prepareForCreate: (namespace) => {
    const finalizers = namespace.spec.finalizers ?? [];
    const complete = finalizers.includes(contentFinalizer) ? finalizers : [...finalizers, contentFinalizer];
    return { ...namespace, spec: { ...namespace.spec, finalizers: complete }, status: { phase: 'Active' } };
  },
  prepareForUpdate: (namespace, old) => ({
    ...namespace,
    spec: old.spec.finalizers === undefined ? {} : { finalizers: old.spec.finalizers },
  }),
  validate: ({ spec }) =>
    (spec.finalizers ?? []).flatMap((finalizer) => {
      const errors = invalidFields('spec.finalizers', finalizer, qualifiedNameComplaints(finalizer));
      if (errors.length > 0 || finalizer.includes('/') || finalizer === contentFinalizer) return errors;
      const detail = 'name is neither a standard finalizer name nor is it fully qualified';
      return [invalidField('spec.finalizers', finalizer, detail)];
    }),
  validateStatus: ({ metadata, status }) => {
    const isGoing = metadata.deletionTimestamp !== undefined;
    const phase = isGoing ? 'Terminating' : 'Active';
    const detail = `may only be '${phase}' if \`deletionTimestamp\` is ${isGoing ? 'not ' : ''}empty`;
    return status.phase === phase ? [] : [invalidField('status.Phase', status.phase ?? '', detail)];
  },
  selectableFields: { 'status.phase': ({ status }) => status.phase ?? '' },
  columns: [nameColumn(), textColumn('Status', ({ status }) => status.phase ?? ''), ageColumn()],
});
