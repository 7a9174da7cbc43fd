import { ageColumn, nameColumn, textColumn } from '../columns.ts';
import type { FieldError } from '../field-error.ts';
import { forbiddenField, invalidField, invalidFields, requiredField } from '../field-error.ts';
import { defineKind } from '../kind.ts';
import { ifSet } from '../values/if-set.ts';
import { dns1035LabelComplaints, dnsSubdomainComplaints } from '../validation/names.ts';
import { validatePort } from '../validation/numbers.ts';
import { APIService } from './api-service.schema.ts';
import type { APIServiceSpec, ServiceReference } from './api-service.schema.ts';

const highestGroupPriority = 20_000;
const highestVersionPriority = 1000;

function validateService({ namespace = '', name = '', port = 0 }: ServiceReference): FieldError[] {
  const path = 'spec.service';
  return [
    ...(namespace === '' ? [requiredField(`${path}.namespace`)] : []),
    ...(name === '' ? [requiredField(`${path}.name`)] : []),
    ...validatePort(port, `${path}.port`),
  ];
}

/** What this server answers itself needs no certificate. */
function validateLocal({ caBundle = '', insecureSkipTLSVerify = false }: APIServiceSpec): FieldError[] {
  return [
    ...(caBundle === '' ? [] : [invalidField('spec.caBundle', caBundle, 'local APIServices may not have a caBundle')]),
    ...(insecureSkipTLSVerify
      ? [invalidField('spec.insecureSkipTLSVerify', true, 'local APIServices may not have insecureSkipTLSVerify')]
      : []),
  ];
}

function validatePriority(field: string, value: number, highest: number): FieldError[] {
  const isRight = value > 0 && value <= highest;
  return isRight ? [] : [invalidField(`spec.${field}`, value, `must be positive and less than ${highest}`)];
}

function validateApiService({ metadata, spec }: APIService): FieldError[] {
  const { group = '', version = '', service, insecureSkipTLSVerify = false, caBundle = '' } = spec;
  const name = `${version}.${group}`;
  return [
    ...(metadata.name === name
      ? []
      : [
          invalidField(
            'metadata.name',
            metadata.name,
            `must be \`spec.version+"."+spec.group\`: ${JSON.stringify(name)}`,
          ),
        ]),
    ...(group === '' && service === undefined
      ? []
      : group === ''
        ? [requiredField('spec.group', 'only v1 may have an empty group and it better be legacy kube')]
        : invalidFields('spec.group', group, dnsSubdomainComplaints(group))),
    ...invalidFields('spec.version', version, dns1035LabelComplaints(version)),
    ...validatePriority('groupPriorityMinimum', spec.groupPriorityMinimum, highestGroupPriority),
    ...validatePriority('versionPriority', spec.versionPriority, highestVersionPriority),
    ...(service === undefined ? validateLocal(spec) : validateService(service)),
    ...(service !== undefined && insecureSkipTLSVerify && caBundle !== ''
      ? [forbiddenField('spec.insecureSkipTLSVerify', 'may not be true if caBundle is present')]
      : []),
  ];
}

function shapeNew(apiService: APIService, now: string): APIService {
  // Whether another server can be reached is found out afterwards.
  if (apiService.spec.service !== undefined) return { ...apiService, status: {} };
  const reason = 'Local';
  const message = 'Local APIServices are always available';
  const available = { type: 'Available', status: 'True', lastTransitionTime: now, reason, message };
  return { ...apiService, status: { conditions: [available] } };
}

function availableCell({ status }: APIService): string {
  const condition = status.conditions?.find(({ type }) => type === 'Available');
  if (condition === undefined) return 'Unknown';
  const { reason = '' } = condition;
  return condition.status === 'True' || reason === '' ? condition.status : `${condition.status} (${reason})`;
}

export const apiServiceKind = defineKind<APIService>({
  group: 'apiregistration.k8s.io',
  version: 'v1',
  kind: 'APIService',
  plural: 'apiservices',
  categories: ['api-extensions'],
  namespaced: false,
  schema: APIService,
  nameRule: 'path-segment',
  subresources: { status: true },
  defaults: (apiService) => ({
    ...apiService,
    spec: {
      ...apiService.spec,
      ...ifSet('service', apiService.spec.service, (service) => ({ port: 443, ...service })),
    },
  }),
  prepareForCreate: (apiService, { now }) => shapeNew(apiService, now),
  validate: validateApiService,
  columns: [
    nameColumn(),
    textColumn('Service', ({ spec: { service } }) =>
      service === undefined ? 'Local' : `${service.namespace ?? ''}/${service.name ?? ''}`,
    ),
    textColumn('Available', availableCell),
    ageColumn(),
  ],
});
