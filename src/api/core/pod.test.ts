import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { faultsOf, made } from '../testing/judge.ts';
import { dnsSubdomainComplaints } from '../validation/names.ts';
import { validateResizeUpdate } from './pod-resize.ts';
import { podKind } from './pod.ts';

const main = { name: 'main', image: 'work:1', resources: {} };
const pod = (spec: object = {}, metadata: object = {}) =>
  made(podKind, { metadata, spec: { containers: [main], ...spec } });
const withContainer = (more: object) => pod({ containers: [{ ...main, ...more }] });

describe('the faults of a pod', () => {
  const requests = (list: object) => withContainer({ resources: { requests: list } });
  const at = 'spec.containers[0]';
  const [subdomain] = dnsSubdomainComplaints('Not_a.name');
  const cases: Record<string, readonly [ReturnType<typeof pod>, ...faults: string[]]> = {
    none: [pod({ terminationGracePeriodSeconds: -5, imagePullSecrets: [{}] })],
    'unknown resources': [
      requests({ apples: '1' }),
      `${at}.resources.requests[apples]: Invalid value: "apples": must be a standard resource type or fully qualified`,
      `${at}.resources.requests[apples]: Invalid value: "apples": must be a standard resource for containers`,
    ],
    'part of a device': [
      withContainer({ resources: { limits: { 'example.com/gpu': '1500m' } } }),
      `${at}.resources.limits[example.com/gpu]: Invalid value: "1500m": must be an integer`,
      `${at}.resources.requests[example.com/gpu]: Invalid value: "1500m": must be an integer`,
    ],
    'more than it may have': [
      withContainer({ resources: { limits: { cpu: '1' }, requests: { cpu: '2' } } }),
      `${at}.resources.requests: Invalid value: "2": must be less than or equal to cpu limit of 1`,
    ],
    'large pages alone': [
      withContainer({ resources: { limits: { 'hugepages-2Mi': '3Mi' } } }),
      `${at}.resources.limits[hugepages-2Mi]: Invalid value: "3Mi": 3Mi is not positive integer multiple of hugepages-2Mi`,
      `${at}.resources.requests[hugepages-2Mi]: Invalid value: "3Mi": 3Mi is not positive integer multiple of hugepages-2Mi`,
      `${at}.resources: Forbidden: HugePages require cpu or memory`,
    ],
    'a host name that is none': [
      pod({ hostnameOverride: 'Not_a.name', setHostnameAsFQDN: true }),
      'spec.hostnameOverride: Forbidden: may not be specified when setHostnameAsFQDN is true',
      `spec.hostnameOverride: Invalid value: "Not_a.name": ${subdomain}`,
    ],
    'a host name that is too long': [
      pod({ hostnameOverride: 'a'.repeat(65) }),
      'spec.hostnameOverride: Too long: may not be more than 64 bytes',
    ],
    'users of its own in the network of the host': [
      pod({ hostUsers: false, hostNetwork: true }),
      'spec.hostNetwork: Forbidden: when `hostUsers` is false',
    ],
    'settings of the host': [
      pod({ hostNetwork: true, securityContext: { sysctls: [{ name: 'net.core.somaxconn', value: '1' }] } }),
      'spec.securityContext.sysctls[0].name: Invalid value: "net.core.somaxconn": may not be specified when \'hostNetwork\' is true',
    ],
    'another system': [
      pod({ os: { name: 'plan9' } }),
      'spec.os.name: Unsupported value: "plan9": supported values: "linux", "windows"',
    ],
    'a sleep longer than its end': [
      pod({
        terminationGracePeriodSeconds: 5,
        containers: [{ ...main, lifecycle: { preStop: { sleep: { seconds: 6 } } } }],
      }),
      `${at}.lifecycle.preStop.sleep: Invalid value: 6: must be non-negative and less than terminationGracePeriodSeconds (5)`,
    ],
    'writing below what is read-only': [
      pod({
        volumes: [{ name: 'data' }],
        containers: [{ ...main, volumeMounts: [{ name: 'data', mountPath: '/data', recursiveReadOnly: 'Enabled' }] }],
      }),
      `${at}.volumeMounts[0].recursiveReadOnly: Forbidden: may only be specified when readOnly is true`,
    ],
    'rules without a policy': [
      withContainer({ restartPolicyRules: [{ action: 'Restart' }] }),
      `${at}.restartPolicy: Required value: must specify restartPolicy when restart rules are used`,
    ],
    'an image that is not named': [
      pod({ volumes: [{ name: 'data', image: {} }] }),
      'spec.volumes[0].image.reference: Required value',
    ],
    'a probe of two kinds': [
      withContainer({ livenessProbe: { exec: { command: ['a'] }, tcpSocket: { port: 0 }, successThreshold: 2 } }),
      `${at}.livenessProbe.tcpSocket: Forbidden: may not specify more than 1 handler type`,
      `${at}.livenessProbe.successThreshold: Invalid value: 2: must be 1`,
    ],
  };
  for (const [name, [object, ...faults]] of Object.entries(cases)) {
    it(name, () => assert.deepEqual(faultsOf(podKind, object), faults));
  }
});

it('a pod behind a gate says so', () => {
  const { status } = pod({ schedulingGates: [{ name: 'example.com/gate' }] });
  assert.deepEqual(
    status.conditions?.map(({ type, reason }) => [type, reason]),
    [['PodScheduled', 'SchedulingGated']],
  );
  assert.equal(pod().status.conditions, undefined);
});

describe('a change of a pod', () => {
  const terms = (...values: string[]) => ({
    affinity: {
      nodeAffinity: {
        requiredDuringSchedulingIgnoredDuringExecution: {
          nodeSelectorTerms: [{ matchExpressions: values.map((key) => ({ key, operator: 'Exists' })) }],
        },
      },
    },
  });
  const gate = { schedulingGates: [{ name: 'a.example.com/gate' }] };
  const updatable =
    '`spec.containers[*].image`,`spec.initContainers[*].image`,`spec.activeDeadlineSeconds`,`spec.tolerations` (only additions to existing tolerations),`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)';
  const refused = `spec: Forbidden: pod updates may not change fields other than ${updatable}`;
  const path = 'spec.affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms';
  type Pod = ReturnType<typeof pod>;
  const cases: Record<string, readonly [old: Pod, next: Pod, ...faults: string[]]> = {
    'another image, a deadline': [pod(), pod({ activeDeadlineSeconds: 5, containers: [{ ...main, image: 'work:2' }] })],
    'another command': [pod(), withContainer({ command: ['x'] }), refused],
    'one more container': [
      pod(),
      pod({ containers: [main, { ...main, name: 'side' }] }),
      'spec.containers: Forbidden: pod updates may not add or remove containers',
    ],
    'a gate, opened': [pod(gate), pod()],
    'a gate, new': [
      pod(),
      pod(gate),
      "spec.schedulingGates[0].name: Forbidden: only deletion is allowed, but found new scheduling gate 'a.example.com/gate'",
    ],
    'fewer nodes at a gate': [pod({ ...gate, ...terms('a') }), pod({ ...gate, ...terms('a', 'b') })],
    'other nodes at a gate': [
      pod({ ...gate, ...terms('a') }),
      pod({ ...gate, ...terms('b') }),
      `${path}[0]: Invalid value: {"matchExpressions":[{"key":"b","operator":"Exists"}]}: only additions are allowed (no mutations or deletions)`,
    ],
    'other neighbours at a gate': [
      pod(gate),
      pod({
        ...gate,
        affinity: {
          podAffinity: {},
          podAntiAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [{ topologyKey: 'a' }] },
        },
      }),
      refused,
    ],
    'other nodes': [pod(terms('a')), pod(terms('a', 'b')), refused],
  };
  for (const [name, [old, next, ...faults]] of Object.entries(cases)) {
    it(name, () => assert.deepEqual(faultsOf(podKind, next, old), faults));
  }
});

describe('a resize', () => {
  const sized = (limits: object, requests: object = limits) => withContainer({ resources: { limits, requests } });
  const both = { cpu: '1', memory: '1Gi' };
  type Pod = ReturnType<typeof pod>;
  const cases: Record<string, readonly [old: Pod, next: Pod, ...faults: string[]]> = {
    'more of both': [sized(both), sized({ cpu: '2', memory: '2Gi' })],
    'another class': [
      sized(both),
      sized(both, { cpu: '500m', memory: '1Gi' }),
      'spec: Invalid value: "Guaranteed": Pod QOS Class may not change as a result of resizing',
    ],
    'a limit less': [
      sized({ cpu: '2', memory: '2Gi' }, both),
      sized({ cpu: '2' }, both),
      'spec.containers[0].resources.limits: Forbidden: resource limits cannot be removed',
    ],
    'something else': [
      sized(both),
      sized({ ...both, 'example.com/gpu': '1' }),
      'spec: Forbidden: only cpu and memory resources are mutable',
    ],
  };
  for (const [name, [old, next, ...faults]] of Object.entries(cases)) {
    it(name, () => {
      const errors = validateResizeUpdate(next, old);
      assert.deepEqual(
        errors.map(({ field, message }) => `${field}: ${message}`),
        faults,
      );
    });
  }
});

describe('what there is to say of a pod', () => {
  const env = (...variables: object[]) => withContainer({ env: variables });
  const cases: Record<string, readonly [ReturnType<typeof pod>, ...warnings: string[]]> = {
    nothing: [env({ name: 'A', value: '1' }, { name: 'A', value: '$(A)2' })],
    'a name that is no label': [
      pod({}, { name: 'a.b' }),
      "metadata.name: this is used in the Pod's hostname, which can result in surprising behavior; a DNS label is recommended: [must not contain dots]",
    ],
    'labels of old': [
      pod({ nodeSelector: { 'beta.kubernetes.io/os': 'linux' } }),
      'spec.nodeSelector[beta.kubernetes.io/os]: deprecated since v1.14; use "kubernetes.io/os" instead',
    ],
    'annotations of old': [
      pod({}, { annotations: { 'seccomp.security.alpha.kubernetes.io/pod': 'x' } }),
      'metadata.annotations[seccomp.security.alpha.kubernetes.io/pod]: non-functional in v1.27+; use the "seccompProfile" field instead',
    ],
    'part of a byte': [
      withContainer({ resources: { requests: { memory: '100m' } } }),
      'spec.containers[0].resources.requests[memory]: fractional byte value "100m" is invalid, must be an integer',
    ],
    'a variable that hides another': [
      env({ name: 'A', value: '1' }, { name: 'A', value: '2' }),
      'spec.containers[0].env[1]: hides previous definition of "A", which may be dropped when using apply',
    ],
    'one port twice': [
      withContainer({ ports: [{ containerPort: 80 }, { containerPort: 80 }] }),
      'spec.containers[0].ports[1]: duplicate port definition with spec.containers[0].ports[0]',
    ],
    'files in one place': [
      pod({
        volumes: [
          {
            name: 'data',
            configMap: {
              name: 'c',
              items: [
                { key: 'a', path: 'x' },
                { key: 'b', path: 'x/y' },
              ],
            },
          },
        ],
      }),
      'volume "data" (ConfigMap "c"): overlapping paths: "x/y" with "x"',
    ],
    'a volume of old': [
      pod({ volumes: [{ name: 'data', gitRepo: { repository: 'r' } }] }),
      'spec.volumes[0].gitRepo: deprecated in v1.11, and disabled by default in v1.33+',
    ],
    'no time to end': [
      pod({ terminationGracePeriodSeconds: -1 }),
      'spec.terminationGracePeriodSeconds: must be >= 0; negative values are invalid and will be treated as 1',
    ],
    'neighbours that nobody is': [
      pod({ affinity: { podAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [{ topologyKey: 'a' }] } } }),
      'spec.affinity.podAffinity.requiredDuringSchedulingIgnoredDuringExecution[0].labelSelector: a null labelSelector results in matching no pod',
    ],
  };
  for (const [name, [object, ...warnings]] of Object.entries(cases)) {
    it(name, () => {
      assert.deepEqual(podKind.warnings?.(object, undefined), warnings);
      assert.deepEqual(podKind.warnings?.(object, object), []);
    });
  }
});
