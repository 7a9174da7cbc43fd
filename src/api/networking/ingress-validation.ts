import type { FieldError } from '../field-error.ts';
import { invalidField, requiredField } from '../field-error.ts';
import { ipFamily } from '../validation/ip.ts';
import { dns1035LabelComplaints, dnsSubdomainComplaints, wildcardDnsSubdomainComplaints } from '../validation/names.ts';
import { validatePort, validatePortOrName } from '../validation/numbers.ts';
import { validateTypedReference } from '../validation/typed-reference.ts';
import type { HTTPIngressPath, Ingress, IngressBackend, IngressRule, IngressTLS } from './ingress.schema.ts';

/** How Ingresses named their class before they had a field for it. */
export const classAnnotation = 'kubernetes.io/ingress.class';
const classPath = `annotations.${classAnnotation}`;
/** What no path of type Exact or Prefix may have: a path that can mean several others. */
const badSequences = ['//', '/./', '/../', '%2f', '%2F'];
const badEndings = ['/..', '/.'];

function validateHost(host: string, path: string): FieldError[] {
  if (host === '') return [];
  if (ipFamily(host) !== undefined) return [invalidField(path, host, 'must be a DNS name, not an IP address')];
  const complaints = host.includes('*') ? wildcardDnsSubdomainComplaints(host) : dnsSubdomainComplaints(host);
  return complaints.map((text) => invalidField(path, host, text));
}

function validateBackend({ service, resource }: IngressBackend, path: string): FieldError[] {
  if (service !== undefined && resource !== undefined) {
    return [invalidField(path, '', 'cannot set both resource and service backends')];
  }
  if (resource !== undefined) return validateTypedReference(resource, `${path}.resource`);
  if (service === undefined) return [invalidField(path, '', 'resource or service backend is required')];
  const { name = '' } = service.port ?? {};
  const number = service.port?.number ?? 0;
  const port = `${path}.service.port`;
  return [
    ...(service.name === ''
      ? [requiredField(`${path}.service.name`)]
      : dns1035LabelComplaints(service.name).map((text) => invalidField(`${path}.service.name`, service.name, text))),
    ...(name !== '' && number !== 0 ? [invalidField(path, '', 'cannot set both port name & port number')] : []),
    ...(name === '' && number === 0 ? [requiredField(path, 'port name or number is required')] : []),
    ...(name !== '' && number === 0 ? validatePortOrName(name, `${port}.name`) : []),
    ...(name === '' && number !== 0 ? validatePort(number, `${port}.number`) : []),
  ];
}

function validatePath({ path = '', pathType, backend }: HTTPIngressPath, field: string): FieldError[] {
  const errors: FieldError[] = [];
  if (pathType === 'Exact' || pathType === 'Prefix') {
    if (!path.startsWith('/')) errors.push(invalidField(`${field}.path`, path, 'must be an absolute path'));
    for (const bad of badSequences)
      if (path.includes(bad)) errors.push(invalidField(`${field}.path`, path, `must not contain '${bad}'`));
    for (const bad of badEndings)
      if (path.endsWith(bad)) errors.push(invalidField(`${field}.path`, path, `cannot end with '${bad}'`));
  } else if (path !== '' && !path.startsWith('/')) {
    errors.push(invalidField(`${field}.path`, path, 'must be an absolute path'));
  }
  return [...errors, ...(backend === undefined ? [] : validateBackend(backend, `${field}.backend`))];
}

function validateRule({ host = '', http }: IngressRule, field: string): FieldError[] {
  const paths = http?.paths ?? [];
  return [
    ...validateHost(host, `${field}.host`),
    ...(http !== undefined && paths.length === 0 ? [requiredField(`${field}.http.paths`)] : []),
    ...paths.flatMap((path, index) => validatePath(path, `${field}.http.paths[${index}]`)),
  ];
}

function validateTls({ hosts = [], secretName = '' }: IngressTLS, field: string): FieldError[] {
  return [
    ...hosts.flatMap((host, index) => validateHost(host, `${field}.hosts[${index}]`)),
    ...(secretName === ''
      ? []
      : dnsSubdomainComplaints(secretName).map((text) => invalidField(`${field}.secretName`, secretName, text))),
  ];
}

/** The faults of an Ingress. https://kubernetes.io/docs/concepts/services-networking/ingress/ */
export function validateIngress({ metadata, spec }: Ingress): FieldError[] {
  const { rules = [], defaultBackend, tls = [], ingressClassName } = spec;
  const annotated = metadata.annotations?.[classAnnotation];
  return [
    ...(rules.length === 0 && defaultBackend === undefined
      ? [invalidField('spec', '', 'either `defaultBackend` or `rules` must be specified')]
      : []),
    ...rules.flatMap((rule, index) => validateRule(rule, `spec.rules[${index}]`)),
    ...(defaultBackend === undefined ? [] : validateBackend(defaultBackend, 'spec.defaultBackend')),
    ...tls.flatMap((each, index) => validateTls(each, `spec.tls[${index}]`)),
    ...(ingressClassName === undefined
      ? []
      : dnsSubdomainComplaints(ingressClassName).map((text) =>
          invalidField('spec.ingressClassName', ingressClassName, text),
        )),
    ...(ingressClassName !== undefined && annotated !== undefined && annotated !== ingressClassName
      ? [invalidField(classPath, annotated, 'must match `ingressClassName` when both are specified')]
      : []),
  ];
}
