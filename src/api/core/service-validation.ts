import type { FieldError } from '../field-error.ts';
import { duplicateField, forbiddenField, invalidField, notSupportedField, requiredField } from '../field-error.ts';
import { ipFamily, validateCidr, validateIp, validateNonSpecialIp } from '../validation/ip.ts';
import { validateLabels } from '../validation/labels.ts';
import { dnsSubdomainComplaints, qualifiedNameComplaints } from '../validation/names.ts';
import { validateDnsLabel, validatePort, validatePortOrName } from '../validation/numbers.ts';
import { headless, isExternallyAccessible, isHeadless, needsClusterIp, needsHealthCheckPort } from './service-shape.ts';
import type { Service, ServicePort, ServiceSpec } from './service.schema.ts';

const kubeletPort = 10250;
const maxAffinitySeconds = 86400;
const distributions = ['PreferClose', 'PreferSameNode', 'PreferSameZone'];

function validateOnePort(port: ServicePort, index: number, ports: readonly ServicePort[]): FieldError[] {
  const path = `spec.ports[${index}]`;
  const { name = '', protocol = 'TCP', nodePort = 0, appProtocol, targetPort } = port;
  const before = ports.slice(0, index);
  const errors: FieldError[] = [];
  if (name === '' && ports.length > 1) errors.push(requiredField(`${path}.name`));
  else if (name !== '') {
    errors.push(...validateDnsLabel(name, `${path}.name`));
    if (before.some((other) => other.name === name)) errors.push(duplicateField(`${path}.name`, name));
  }
  if (port.port !== undefined) errors.push(...validatePort(port.port, `${path}.port`));
  if (targetPort !== undefined) errors.push(...validatePortOrName(targetPort, `${path}.targetPort`));
  if (appProtocol !== undefined) {
    const complaints = qualifiedNameComplaints(appProtocol);
    errors.push(...complaints.map((text) => invalidField(`${path}.appProtocol`, appProtocol, text)));
  }
  const likewise = before.filter((other) => (other.protocol ?? 'TCP') === protocol);
  if (nodePort !== 0 && likewise.some((other) => other.nodePort === nodePort)) {
    errors.push(duplicateField(`${path}.nodePort`, nodePort));
  }
  if (likewise.some((other) => other.port === port.port)) {
    errors.push(duplicateField(path, { protocol, port: port.port }));
  }
  return errors;
}

function validatePorts(spec: ServiceSpec): FieldError[] {
  const { ports = [], type } = spec;
  if (ports.length === 0 && !isHeadless(spec) && type !== 'ExternalName') return [requiredField('spec.ports')];
  const errors = ports.flatMap((port, index) => validateOnePort(port, index, ports));
  if (type === 'LoadBalancer') {
    const kubelet = ports.findIndex(({ port }) => port === kubeletPort);
    const message = `may not expose port ${kubeletPort} externally since it is used by kubelet`;
    if (kubelet >= 0) errors.push(invalidField(`spec.ports[${kubelet}]`, kubeletPort, message));
  }
  if (type !== 'ClusterIP') return errors;
  const unusable = ports.flatMap(({ nodePort = 0 }, index) =>
    nodePort === 0
      ? []
      : [forbiddenField(`spec.ports[${index}].nodePort`, "may not be used when `type` is 'ClusterIP'")],
  );
  return [...errors, ...unusable];
}

function validateExternalName(spec: ServiceSpec): FieldError[] {
  const given = (['clusterIPs', 'ipFamilies'] as const).filter((field) => (spec[field] ?? []).length > 0);
  const errors = given.map((field) => forbiddenField(`spec.${field}`, 'may not be set for ExternalName services'));
  if (spec.ipFamilyPolicy !== undefined) {
    errors.push(forbiddenField('spec.ipFamilyPolicy', 'may not be set for ExternalName services'));
  }
  const name = (spec.externalName ?? '').replace(/\.$/, '');
  if (name === '') return [...errors, requiredField('spec.externalName')];
  return [...errors, ...dnsSubdomainComplaints(name).map((text) => invalidField('spec.externalName', name, text))];
}

function validateType(spec: ServiceSpec): FieldError[] {
  if (spec.type === 'ExternalName') return validateExternalName(spec);
  if (isHeadless(spec) && (spec.type === 'NodePort' || spec.type === 'LoadBalancer')) {
    return [invalidField('spec.clusterIPs[0]', headless, `may not be set to 'None' for ${spec.type} services`)];
  }
  return [];
}

function validateAffinity({ sessionAffinity, sessionAffinityConfig }: ServiceSpec): FieldError[] {
  const path = 'spec.sessionAffinityConfig';
  if (sessionAffinity !== 'ClientIP') {
    const message = 'must not be set when session affinity is None';
    return sessionAffinityConfig === undefined ? [] : [forbiddenField(path, message)];
  }
  const timeout = sessionAffinityConfig?.clientIP?.timeoutSeconds;
  if (timeout === undefined) return [requiredField(path, 'when session affinity type is ClientIP')];
  return timeout > 0 && timeout <= maxAffinitySeconds
    ? []
    : [
        invalidField(
          `${path}.clientIP.timeoutSeconds`,
          timeout,
          `must be greater than 0 and less than ${maxAffinitySeconds}`,
        ),
      ];
}

function validateAddresses(spec: ServiceSpec): FieldError[] {
  if (!needsClusterIp(spec)) return [];
  const { clusterIP = '', clusterIPs = [], ipFamilies = [], ipFamilyPolicy } = spec;
  const errors: FieldError[] = [];
  if (clusterIPs.length > 0 && clusterIPs[0] !== clusterIP) {
    errors.push(invalidField('spec.clusterIPs', clusterIPs, 'first value must match `clusterIP`'));
  }
  if (clusterIPs.length > 2) {
    errors.push(invalidField('spec.clusterIPs', clusterIPs, 'may only hold up to 2 values'));
  }
  if (ipFamilyPolicy === 'SingleStack' && clusterIPs.length > 1) {
    const message = 'may be specified only when `ipFamilyPolicy` is not SingleStack';
    errors.push(forbiddenField('spec.clusterIPs[1]', message));
  }
  for (const [index, family] of ipFamilies.entries()) {
    if (ipFamilies.indexOf(family) < index) errors.push(duplicateField(`spec.ipFamilies[${index}]`, family));
  }
  for (const [index, address] of clusterIPs.entries()) {
    const path = `spec.clusterIPs[${index}]`;
    if (address === headless) {
      if (index > 0) errors.push(invalidField(path, address, "may not be set to 'None' for a second value"));
    } else errors.push(...validateIp(address, path));
    const family = ipFamilies[index];
    const actual = ipFamily(address);
    if (family !== undefined && actual !== undefined && family !== actual) {
      errors.push(invalidField(path, address, `expected an ${family} value as indicated by \`ipFamilies[${index}]\``));
    }
  }
  return errors;
}

function validateBalancing(spec: ServiceSpec): FieldError[] {
  const errors: FieldError[] = [];
  const { type, loadBalancerSourceRanges: ranges = [] } = spec;
  const path = 'spec.LoadBalancerSourceRanges';
  const message = "may only be used when `type` is 'LoadBalancer'";
  if (ranges.length > 0 && type !== 'LoadBalancer') errors.push(forbiddenField(path, message));
  errors.push(...ranges.flatMap((range, index) => validateCidr(range.trim(), `${path}[${index}]`)));
  if (type === 'LoadBalancer') {
    const { loadBalancerClass } = spec;
    if (loadBalancerClass === undefined) return errors;
    const complaints = qualifiedNameComplaints(loadBalancerClass);
    return [...errors, ...complaints.map((text) => invalidField('spec.loadBalancerClass', loadBalancerClass, text))];
  }
  if (spec.allocateLoadBalancerNodePorts !== undefined) {
    errors.push(forbiddenField('spec.allocateLoadBalancerNodePorts', message));
  }
  if (spec.loadBalancerClass !== undefined) errors.push(forbiddenField('spec.loadBalancerClass', message));
  return errors;
}

function validateTraffic(spec: ServiceSpec): FieldError[] {
  const errors: FieldError[] = [];
  const { externalTrafficPolicy, healthCheckNodePort = 0, trafficDistribution } = spec;
  if (externalTrafficPolicy !== undefined && !isExternallyAccessible(spec)) {
    const message = 'may only be set for externally-accessible services';
    errors.push(invalidField('spec.externalTrafficPolicy', externalTrafficPolicy, message));
  }
  if (healthCheckNodePort !== 0) {
    const message = "may only be set when `type` is 'LoadBalancer' and `externalTrafficPolicy` is 'Local'";
    errors.push(
      ...(needsHealthCheckPort(spec)
        ? validatePort(healthCheckNodePort, 'spec.healthCheckNodePort')
        : [invalidField('spec.healthCheckNodePort', healthCheckNodePort, message)]),
    );
  }
  if (trafficDistribution !== undefined && !distributions.includes(trafficDistribution)) {
    errors.push(notSupportedField('spec.trafficDistribution', trafficDistribution, distributions));
  }
  return errors;
}

/** The faults of a Service. */
export function validateService({ spec }: Service): FieldError[] {
  return [
    ...validateType(spec),
    ...validatePorts(spec),
    ...validateLabels(spec.selector, 'spec.selector'),
    ...validateAffinity(spec),
    ...validateAddresses(spec),
    ...(spec.externalIPs ?? []).flatMap((address, index) => {
      const path = `spec.externalIPs[${index}]`;
      const errors = validateIp(address, path);
      return errors.length > 0 ? errors : validateNonSpecialIp(address, path);
    }),
    ...validateBalancing(spec),
    ...validateTraffic(spec),
  ];
}

/** The faults of a change: an address stays unless the Service turns into an ExternalName or back. */
export function validateServiceUpdate({ spec }: Service, { spec: old }: Service): FieldError[] {
  const errors: FieldError[] = [];
  const [before, after] = [old.clusterIPs?.[0] ?? '', spec.clusterIPs?.[0] ?? ''];
  if (needsClusterIp(old) && needsClusterIp(spec)) {
    if (before !== '' && before !== after) {
      errors.push(invalidField('spec.clusterIPs[0]', spec.clusterIPs ?? [], 'may not change once set'));
    }
    const [familyBefore, familyAfter] = [old.ipFamilies?.[0], spec.ipFamilies?.[0]];
    if (familyBefore !== undefined && familyBefore !== familyAfter) {
      errors.push(invalidField('spec.ipFamilies[0]', spec.ipFamilies ?? [], 'may not change once set'));
    }
  }
  if (old.type === 'LoadBalancer' && spec.type === 'LoadBalancer') {
    if (old.loadBalancerClass !== spec.loadBalancerClass) {
      const value = spec.loadBalancerClass ?? null;
      errors.push(invalidField('spec.loadBalancerClass', value, 'may not change once set'));
    }
  }
  const checked = needsHealthCheckPort(old) && needsHealthCheckPort(spec);
  if (checked && old.healthCheckNodePort !== undefined && old.healthCheckNodePort !== spec.healthCheckNodePort) {
    errors.push(forbiddenField('spec.healthCheckNodePort', 'field is immutable'));
  }
  return errors;
}
