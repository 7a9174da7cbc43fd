import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { ConfigMap } from '../../api/core/config-map.schema.ts';
import type { Container, EnvVar } from '../../api/core/container.schema.ts';
import type { Pod } from '../../api/core/pod.schema.ts';
import type { Secret } from '../../api/core/secret.schema.ts';
import type { Service } from '../../api/core/service.schema.ts';
import { containerEnvironment } from './container-environment.ts';
import { environmentReferences } from './fetch-objects.ts';
import { serviceVariables } from './service-variables.ts';
import type { EnvironmentInput } from './types.ts';

const meta = (name: string, namespace = 'shop') => ({
  name,
  namespace,
  uid: `uid-${name}`,
  resourceVersion: '1',
  creationTimestamp: '2026-01-01T00:00:00Z',
});

function service(name: string, clusterIP: string, ports: Service['spec']['ports'], namespace = 'shop'): Service {
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: meta(name, namespace),
    spec: { clusterIP, ports },
    status: { loadBalancer: {} },
  };
}

const kubernetes = service('kubernetes', '10.233.0.1', [{ name: 'https', port: 443, protocol: 'TCP' }], 'default');
const flask = service('hello-flask-service', '10.233.7.7', [{ port: 5000, protocol: 'TCP' }]);

function environment(container: Partial<Container>, spec: Partial<Pod['spec']> = {}): Record<string, string> {
  const whole: Container = { name: 'web', resources: {}, ...container };
  const pod: Pod = {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { ...meta('web-1'), labels: { app: 'web', tier: 'front' }, annotations: { note: 'a "b"\n' } },
    spec: { containers: [whole], nodeName: 'kube-worker-1', serviceAccountName: 'default', ...spec },
    status: {},
  };
  const configMap: ConfigMap = {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: meta('settings'),
    data: { COLOUR: 'blue', 'odd.key': 'yes', A: 'from-map' },
  };
  const secret: Secret = {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: meta('hidden'),
    data: { PASSWORD: Buffer.from('geheim ü').toString('base64'), A: Buffer.from('from-secret').toString('base64') },
  };
  const input: EnvironmentInput = {
    pod,
    container: whole,
    objects: { configMaps: new Map([['settings', configMap]]), secrets: new Map([['hidden', secret]]) },
    services: [],
    facts: {
      podIPs: ['10.233.64.5', 'fd00::5'],
      hostIPs: ['192.0.2.10'],
      allocatable: { cpu: '3500m', memory: '2Gi' },
    },
  };
  return Object.fromEntries(containerEnvironment(input).variables);
}

const field = (name: string, fieldPath: string): EnvVar => ({ name, valueFrom: { fieldRef: { fieldPath } } });
const amount = (name: string, resource: string, divisor = '0'): EnvVar => ({
  name,
  valueFrom: { resourceFieldRef: { resource, divisor } },
});

describe('containerEnvironment', () => {
  it('lets env go before envFrom, and later sources before earlier ones', () => {
    const envFrom = [{ configMapRef: { name: 'settings' } }, { secretRef: { name: 'hidden' } }];
    assert.deepEqual(environment({ envFrom, env: [{ name: 'COLOUR', value: 'red' }] }), {
      COLOUR: 'red',
      'odd.key': 'yes',
      A: 'from-secret',
      PASSWORD: 'geheim ü',
    });
  });

  it('puts a prefix in front of keys', () => {
    const variables = environment({ envFrom: [{ prefix: 'X_', configMapRef: { name: 'settings' } }] });
    assert.deepEqual(variables, { X_COLOUR: 'blue', 'X_odd.key': 'yes', X_A: 'from-map' });
  });

  it('expands references to what was declared before only', () => {
    const env = [
      { name: 'EARLY', value: '$(LATE)' },
      { name: 'LATE', value: '$(COLOUR)-$(EARLY)' },
      { name: 'ESCAPED', value: '$$(LATE)' },
    ];
    const variables = environment({ envFrom: [{ configMapRef: { name: 'settings' } }], env });
    assert.equal(variables['EARLY'], '$(LATE)');
    assert.equal(variables['LATE'], 'blue-$(LATE)');
    assert.equal(variables['ESCAPED'], '$(LATE)');
  });

  it('gives fields of the pod', () => {
    const env = [
      field('NAME', 'metadata.name'),
      field('UID', 'metadata.uid'),
      field('LABEL', "metadata.labels['tier']"),
      field('NONE', "metadata.labels['none']"),
      field('LABELS', 'metadata.labels'),
      field('NOTES', 'metadata.annotations'),
      field('NODE', 'spec.nodeName'),
      field('IP', 'status.podIP'),
      field('IPS', 'status.podIPs'),
      field('HOST', 'status.hostIP'),
    ];
    assert.deepEqual(environment({ env }), {
      NAME: 'web-1',
      UID: 'uid-web-1',
      LABEL: 'front',
      NONE: '',
      LABELS: 'app="web"\ntier="front"',
      NOTES: 'note="a \\"b\\"\\n"',
      NODE: 'kube-worker-1',
      IP: '10.233.64.5',
      IPS: '10.233.64.5,fd00::5',
      HOST: '192.0.2.10',
    });
  });

  it('gives amounts of resources in units of the divisor, rounded up', () => {
    const env = [
      amount('CPU', 'limits.cpu'),
      amount('MILLI', 'limits.cpu', '1m'),
      amount('MEMORY', 'limits.memory'),
      amount('MEBI', 'requests.memory', '1Mi'),
      amount('DISK', 'requests.ephemeral-storage'),
    ];
    const resources = { limits: { cpu: '1200m', memory: '100M' }, requests: { memory: '64Mi' } };
    const expected = { CPU: '2', MILLI: '1200', MEMORY: '100000000', MEBI: '64', DISK: '0' };
    assert.deepEqual(environment({ env, resources }), expected);
  });

  it('takes what the node can give where there is no limit', () => {
    const env = [
      amount('CPU', 'limits.cpu'),
      amount('MEMORY', 'limits.memory', '1Gi'),
      amount('ASKED', 'requests.cpu'),
    ];
    assert.deepEqual(environment({ env }), { CPU: '4', MEMORY: '2', ASKED: '0' });
    assert.equal(environment({ env }, { resources: { limits: { cpu: '2' } } })['CPU'], '2');
  });

  const missing: Record<string, [Partial<Container>, string]> = {
    'a ConfigMap in envFrom': [{ envFrom: [{ configMapRef: { name: 'nope' } }] }, 'configmap "nope" not found'],
    'a Secret of a variable': [
      { env: [{ name: 'A', valueFrom: { secretKeyRef: { name: 'nope', key: 'k' } } }] },
      'secret "nope" not found',
    ],
    'a key of a ConfigMap': [
      { env: [{ name: 'A', valueFrom: { configMapKeyRef: { name: 'settings', key: 'k' } } }] },
      "couldn't find key k in ConfigMap shop/settings",
    ],
    'a key that JavaScript objects have': [
      { env: [{ name: 'A', valueFrom: { secretKeyRef: { name: 'hidden', key: 'constructor' } } }] },
      "couldn't find key constructor in Secret shop/hidden",
    ],
  };
  for (const [name, [container, message]] of Object.entries(missing)) {
    it(`refuses to go without ${name}`, () => assert.throws(() => environment(container), { message }));
  }

  it('leaves out what is optional and absent', () => {
    const env = [
      { name: 'A', valueFrom: { configMapKeyRef: { name: 'nope', key: 'k', optional: true } } },
      { name: 'B', valueFrom: { secretKeyRef: { name: 'hidden', key: 'k', optional: true } } },
      { name: 'C', value: '' },
    ];
    assert.deepEqual(environment({ env, envFrom: [{ secretRef: { name: 'nope', optional: true } }] }), { C: '' });
  });
});

describe('serviceVariables', () => {
  const services = [
    kubernetes,
    flask,
    service('headless', 'None', [{ port: 1, protocol: 'TCP' }]),
    service('elsewhere', '10.233.9.9', [{ port: 1, protocol: 'TCP' }], 'other'),
  ];

  it('describes the Services of the namespace and the API server', () => {
    assert.deepEqual(Object.fromEntries(serviceVariables(services, 'shop', true)), {
      HELLO_FLASK_SERVICE_SERVICE_HOST: '10.233.7.7',
      HELLO_FLASK_SERVICE_SERVICE_PORT: '5000',
      HELLO_FLASK_SERVICE_PORT: 'tcp://10.233.7.7:5000',
      HELLO_FLASK_SERVICE_PORT_5000_TCP: 'tcp://10.233.7.7:5000',
      HELLO_FLASK_SERVICE_PORT_5000_TCP_PROTO: 'tcp',
      HELLO_FLASK_SERVICE_PORT_5000_TCP_PORT: '5000',
      HELLO_FLASK_SERVICE_PORT_5000_TCP_ADDR: '10.233.7.7',
      KUBERNETES_SERVICE_HOST: '10.233.0.1',
      KUBERNETES_SERVICE_PORT: '443',
      KUBERNETES_SERVICE_PORT_HTTPS: '443',
      KUBERNETES_PORT: 'tcp://10.233.0.1:443',
      KUBERNETES_PORT_443_TCP: 'tcp://10.233.0.1:443',
      KUBERNETES_PORT_443_TCP_PROTO: 'tcp',
      KUBERNETES_PORT_443_TCP_PORT: '443',
      KUBERNETES_PORT_443_TCP_ADDR: '10.233.0.1',
    });
  });

  it('describes the API server alone where links are not wanted', () => {
    const names = [...serviceVariables(services, 'shop', false).keys()];
    assert.ok(names.length > 0 && names.every((name) => name.startsWith('KUBERNETES_')));
  });

  it('prefers the namespace’s own Service of the name kubernetes', () => {
    const own = service('kubernetes', '10.233.1.1', [{ port: 1, protocol: 'TCP' }]);
    for (const order of [
      [own, kubernetes],
      [kubernetes, own],
    ]) {
      assert.equal(serviceVariables(order, 'shop', true).get('KUBERNETES_SERVICE_HOST'), '10.233.1.1');
    }
  });
});

describe('environmentReferences', () => {
  it('names each object once', () => {
    const envFrom = [{ configMapRef: { name: 'a' } }, { secretRef: { name: 's' } }];
    const env = [
      { name: 'X', valueFrom: { configMapKeyRef: { name: 'a', key: 'k' } } },
      { name: 'Y', valueFrom: { configMapKeyRef: { name: 'b', key: 'k' } } },
    ];
    assert.deepEqual(environmentReferences({ env, envFrom }), { configMaps: ['a', 'b'], secrets: ['s'] });
  });
});
