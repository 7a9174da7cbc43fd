import { ageColumn, nameColumn, textColumn } from '../columns.ts';
import type { FieldError } from '../field-error.ts';
import { forbiddenField, invalidField, notSupportedField, requiredField } from '../field-error.ts';
import type { Column } from '../kind.ts';
import { defineKind } from '../kind.ts';
import { validateNonNegative, validateRange } from '../validation/numbers.ts';
import { PriorityLevelConfiguration } from './priority-level-configuration.schema.ts';
import type {
  LimitedPriorityLevelConfiguration,
  LimitResponse,
  PriorityLevelConfigurationSpec,
  QueuingConfiguration,
} from './priority-level-configuration.schema.ts';

const defaultShares = 30;
const usualQueuing = { queues: 64, handSize: 8, queueLengthLimit: 50 };
const mostQueues = 10_000_000;

function withUsual(given: QueuingConfiguration): QueuingConfiguration {
  // Zero counts as left out.
  const set = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== 0));
  return { ...given, ...usualQueuing, ...set };
}

function defaultResponse(response: LimitResponse): LimitResponse {
  return response.queuing === undefined ? response : { ...response, queuing: withUsual(response.queuing) };
}

function defaultSpec(spec: PriorityLevelConfigurationSpec): PriorityLevelConfigurationSpec {
  const { limited, exempt } = spec;
  return {
    ...spec,
    ...(exempt === undefined ? {} : { exempt: { nominalConcurrencyShares: 0, lendablePercent: 0, ...exempt } }),
    ...(limited === undefined
      ? {}
      : {
          limited: {
            nominalConcurrencyShares: defaultShares,
            lendablePercent: 0,
            ...limited,
            ...(limited.limitResponse === undefined ? {} : { limitResponse: defaultResponse(limited.limitResponse) }),
          },
        }),
  };
}

function validateQueuing({ queues = 0, handSize = 0, queueLengthLimit = 0 }: QueuingConfiguration): FieldError[] {
  const path = 'spec.limited.limitResponse.queuing';
  const positive = 'must be positive';
  return [
    ...(queues <= 0 ? [invalidField(`${path}.queues`, queues, positive)] : []),
    ...(queues > mostQueues ? [invalidField(`${path}.queues`, queues, `must not be greater than ${mostQueues}`)] : []),
    ...(queueLengthLimit <= 0 ? [invalidField(`${path}.queueLengthLimit`, queueLengthLimit, positive)] : []),
    ...(handSize <= 0 ? [invalidField(`${path}.handSize`, handSize, positive)] : []),
    ...(handSize > queues
      ? [invalidField(`${path}.handSize`, handSize, `should not be greater than queues (${queues})`)]
      : []),
  ];
}

function validateResponse(response: LimitResponse | undefined): FieldError[] {
  const path = 'spec.limited.limitResponse';
  const { type = '', queuing } = response ?? {};
  switch (type) {
    case 'Queue':
      return queuing === undefined ? [requiredField(`${path}.queuing`, 'must not be empty')] : validateQueuing(queuing);
    case 'Reject':
      return queuing === undefined
        ? []
        : [forbiddenField(`${path}.queuing`, 'must be nil if limited.limitResponse.type is not Limited')];
    default:
      return [notSupportedField(`${path}.type`, type, ['Queue', 'Reject'])];
  }
}

function validateLimited(limited: LimitedPriorityLevelConfiguration): FieldError[] {
  const path = 'spec.limited';
  const { nominalConcurrencyShares = 0, lendablePercent, borrowingLimitPercent, limitResponse } = limited;
  return [
    ...validateNonNegative(nominalConcurrencyShares, `${path}.nominalConcurrencyShares`),
    ...validateResponse(limitResponse),
    ...validateRange(lendablePercent, 0, 100, `${path}.lendablePercent`),
    ...validateNonNegative(borrowingLimitPercent, `${path}.borrowingLimitPercent`),
  ];
}

function validateLevel({ metadata, spec }: PriorityLevelConfiguration): FieldError[] {
  const { type, limited, exempt } = spec;
  const mustBeExempt = metadata.name === 'exempt' && type !== 'Exempt';
  const special = mustBeExempt ? [invalidField('spec.type', type, "must be 'Exempt'")] : [];
  switch (type) {
    case 'Exempt':
      return [
        ...special,
        ...(limited === undefined ? [] : [forbiddenField('spec.limited', 'must be nil if the type is not Limited')]),
        ...validateNonNegative(exempt?.nominalConcurrencyShares, 'spec.exempt.nominalConcurrencyShares'),
        ...validateRange(exempt?.lendablePercent, 0, 100, 'spec.exempt.lendablePercent'),
      ];
    case 'Limited':
      return [
        ...special,
        ...(exempt === undefined ? [] : [forbiddenField('spec.exempt', 'must be nil if the type is Limited')]),
        ...(limited === undefined
          ? [requiredField('spec.limited', 'must not be empty when type is Limited')]
          : validateLimited(limited)),
      ];
    default:
      return [...special, notSupportedField('spec.type', type, ['Exempt', 'Limited'])];
  }
}

type Level = PriorityLevelConfiguration;
const orNone = (value: number | undefined): string => (value === undefined ? '<none>' : String(value));
const queuingColumn = (name: string, field: keyof QueuingConfiguration): Column<Level> =>
  textColumn(name, ({ spec }) => orNone(spec.limited?.limitResponse?.queuing?.[field]));

export const priorityLevelConfigurationKind = defineKind<PriorityLevelConfiguration>({
  group: 'flowcontrol.apiserver.k8s.io',
  version: 'v1',
  kind: 'PriorityLevelConfiguration',
  plural: 'prioritylevelconfigurations',
  namespaced: false,
  schema: PriorityLevelConfiguration,
  subresources: { status: true },
  defaults: (level) => ({ ...level, spec: defaultSpec(level.spec) }),
  validate: validateLevel,
  columns: [
    nameColumn(),
    textColumn('Type', ({ spec }) => spec.type),
    textColumn('NominalConcurrencyShares', ({ spec }) => orNone(spec.limited?.nominalConcurrencyShares)),
    queuingColumn('Queues', 'queues'),
    queuingColumn('HandSize', 'handSize'),
    queuingColumn('QueueLengthLimit', 'queueLengthLimit'),
    ageColumn(),
  ],
});
