import { ageColumn, nameColumn, textColumn } from '../columns.ts';
import type { FieldError } from '../field-error.ts';
import { duplicateField, invalidField, notSupportedField } from '../field-error.ts';
import { defineKind } from '../kind.ts';
import { validateImmutable } from '../validation/equality.ts';
import { ifSet } from '../values/if-set.ts';
import { CSIDriver } from './csi-driver.schema.ts';
import type { CSIDriverSpec, TokenRequest } from './csi-driver.schema.ts';

const fsGroupPolicies = ['File', 'None', 'ReadWriteOnceWithFSType'];
const lifecycleModes = ['Persistent', 'Ephemeral'];
const minTokenSeconds = 600;
const maxTokenSeconds = 2 ** 32;
const minPeriodSeconds = 10;

function defaultSpec(spec: CSIDriverSpec): CSIDriverSpec {
  const { volumeLifecycleModes = [] } = spec;
  return {
    ...spec,
    attachRequired: spec.attachRequired ?? true,
    podInfoOnMount: spec.podInfoOnMount ?? false,
    storageCapacity: spec.storageCapacity ?? false,
    fsGroupPolicy: spec.fsGroupPolicy ?? 'ReadWriteOnceWithFSType',
    volumeLifecycleModes: volumeLifecycleModes.length === 0 ? ['Persistent'] : volumeLifecycleModes,
    requiresRepublish: spec.requiresRepublish ?? false,
    seLinuxMount: spec.seLinuxMount ?? false,
  };
}

function validateTokens(requests: readonly TokenRequest[], path: string): FieldError[] {
  const audiences = requests.map(({ audience }) => audience);
  return requests.flatMap(({ audience, expirationSeconds: seconds }, index) => {
    const at = `${path}[${index}]`;
    if (audiences.indexOf(audience) < index) return [duplicateField(`${at}.audience`, audience)];
    if (seconds === undefined) return [];
    const refuse = (message: string): FieldError[] => [invalidField(`${at}.expirationSeconds`, seconds, message)];
    if (seconds < minTokenSeconds) return refuse('may not specify a duration less than 10 minutes');
    return seconds > maxTokenSeconds ? refuse('may not specify a duration larger than 2^32 seconds') : [];
  });
}

function validateSpec(spec: CSIDriverSpec): FieldError[] {
  const { fsGroupPolicy, volumeLifecycleModes = [], nodeAllocatableUpdatePeriodSeconds: period } = spec;
  const at = 'spec.nodeAllocatableUpdatePeriodSeconds';
  return [
    ...(fsGroupPolicy === undefined || fsGroupPolicies.includes(fsGroupPolicy)
      ? []
      : [notSupportedField('spec.fsGroupPolicy', fsGroupPolicy, fsGroupPolicies)]),
    ...validateTokens(spec.tokenRequests ?? [], 'spec.tokenRequests'),
    ...volumeLifecycleModes
      .filter((mode) => !lifecycleModes.includes(mode))
      .map((mode) => notSupportedField('spec.volumeLifecycleModes', mode, lifecycleModes)),
    ...(period !== undefined && period < minPeriodSeconds
      ? [invalidField(at, period, `must be greater than or equal to ${minPeriodSeconds} seconds`)]
      : []),
  ];
}

/** The audiences for which a driver wants tokens of pods, with `<unset>` for none. */
const tokensCell = ({ spec: { tokenRequests = [] } }: CSIDriver): string =>
  tokenRequests.length === 0 ? '<unset>' : tokenRequests.map(({ audience }) => audience).join(',');

export const csiDriverKind = defineKind<CSIDriver>({
  group: 'storage.k8s.io',
  version: 'v1',
  kind: 'CSIDriver',
  plural: 'csidrivers',
  namespaced: false,
  schema: CSIDriver,
  defaults: (driver) => ({ ...driver, ...ifSet('spec', driver.spec, defaultSpec) }),
  validate: ({ spec }) => validateSpec(spec),
  validateUpdate: ({ spec }, { spec: old }) => [
    ...validateImmutable(spec.attachRequired, old.attachRequired, 'spec.attachedRequired'),
    ...validateImmutable(spec.volumeLifecycleModes, old.volumeLifecycleModes, 'spec.volumeLifecycleModes'),
  ],
  columns: [
    nameColumn(),
    { name: 'AttachRequired', type: 'boolean', cell: ({ spec }) => spec.attachRequired !== false },
    { name: 'PodInfoOnMount', type: 'boolean', cell: ({ spec }) => spec.podInfoOnMount === true },
    { name: 'StorageCapacity', type: 'boolean', cell: ({ spec }) => spec.storageCapacity === true },
    textColumn('TokenRequests', tokensCell),
    { name: 'RequiresRepublish', type: 'boolean', cell: ({ spec }) => spec.requiresRepublish === true },
    textColumn('Modes', ({ spec }) => (spec.volumeLifecycleModes ?? []).join(',') || '<none>'),
    ageColumn(),
  ],
});
