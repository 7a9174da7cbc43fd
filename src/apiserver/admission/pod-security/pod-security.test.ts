import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { Pod } from '../../../api/core/pod.schema.ts';
import type { InProcessTransport } from '../../http/in-process.ts';
import { sendJson } from '../../testing/answers.ts';
import type { TestServer } from '../../testing/start.ts';
import { startTestServer, testAdmin } from '../../testing/start.ts';
import { warningsFor } from './existing-pods.ts';
import { nameOf, policyOf } from './policy.ts';

const label = 'pod-security.kubernetes.io';

describe('a policy', () => {
  const cases: Readonly<Record<string, readonly [labels: Record<string, string>, expected: string]>> = {
    'by default allows all': [{}, 'privileged:latest privileged:latest privileged:latest'],
    'that enforces warns as well': [
      { enforce: 'baseline', 'enforce-version': 'v1.25' },
      'baseline:v1.25 privileged:latest baseline:v1.25',
    ],
    'may warn of more than it enforces': [
      { enforce: 'baseline', warn: 'restricted' },
      'baseline:latest privileged:latest restricted:latest',
    ],
    'may enforce in silence': [
      { enforce: 'restricted', warn: 'privileged' },
      'restricted:latest privileged:latest privileged:latest',
    ],
    'that cannot be read enforces the strictest level': [
      { enforce: 'strict', warn: 'x', audit: 'y' },
      'restricted:latest privileged:latest privileged:latest',
    ],
  };
  for (const [name, [labels, expected]] of Object.entries(cases)) {
    it(name, () => {
      const full = Object.fromEntries(Object.entries(labels).map(([key, value]) => [`${label}/${key}`, value]));
      const { enforce, audit, warn } = policyOf(full).policy;
      assert.equal([enforce, audit, warn].map(nameOf).join(' '), expected);
    });
  }
});

describe('pods that are there already', () => {
  const pod = (name: string, spec: object, owner?: string): Pod =>
    ({
      metadata: { name, ...(owner === undefined ? {} : { ownerReferences: [{ uid: owner, controller: true }] }) },
      spec: { containers: [], ...spec },
    }) as unknown as Pod;
  const baseline = { level: 'baseline', version: 'latest' } as const;

  it('are told of by what they do', () => {
    const shared = { hostPID: true };
    const pods = [
      pod('c', shared),
      pod('b', shared),
      pod('a', { hostNetwork: true, volumes: [{ name: 'v', hostPath: {} }] }),
      pod('d', {}),
      pod('e', shared),
    ];
    assert.deepEqual(warningsFor(pods, 'here', baseline), [
      'existing pods in namespace "here" violate the new PodSecurity enforce level "baseline:latest"',
      'a: host namespaces, hostPath volumes',
      'b (and 2 other pods): host namespaces',
    ]);
  });

  it('are looked at for a second, each controller once before any again', () => {
    let time = 0;
    const pods = [pod('a-1', {}, 'a'), pod('a-2', { hostPID: true }, 'a'), pod('b-1', { hostPID: true }, 'b')];
    assert.deepEqual(
      warningsFor(pods, 'here', baseline, () => (time += 501)),
      [
        'new PodSecurity enforce level only checked against the first 2 of 3 existing pods',
        'existing pods in namespace "here" violate the new PodSecurity enforce level "baseline:latest"',
        'b-1: host namespaces',
      ],
    );
  });
});

describe('a namespace', () => {
  let server: TestServer;
  let transport: InProcessTransport;
  before(async () => {
    server = await startTestServer();
    transport = server.server.transport(testAdmin);
  });
  after(async () => server[Symbol.asyncDispose]());

  interface Answer {
    readonly code: number;
    readonly message: string | undefined;
    readonly warnings: unknown;
  }
  async function send(method: 'POST' | 'PATCH', path: string, body: object): Promise<Answer> {
    const { code, message, headers } = await sendJson(transport, method, path, body);
    return { code, message, warnings: headers['warning'] };
  }
  const namespace = async (name: string, labels: object): Promise<Answer> => {
    const made = await send('POST', '/api/v1/namespaces', {
      apiVersion: 'v1',
      kind: 'Namespace',
      metadata: { name, labels },
    });
    if (made.code === 201) {
      const path = `/api/v1/namespaces/${name}/serviceaccounts`;
      await send('POST', path, { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'default' } });
    }
    return made;
  };
  const pod = (name: string, spec: object = {}): object => ({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name },
    spec: { containers: [{ name: 'c', image: 'i' }], ...spec },
  });

  it('with labels that mean nothing is refused', async () => {
    const { code, message } = await namespace('odd', {
      [`${label}/enforce`]: 'strict',
      [`${label}/warn-version`]: '1.2',
    });
    assert.equal(code, 422);
    assert.equal(
      message,
      'Namespace "odd" is invalid: [' +
        'metadata.labels[pod-security.kubernetes.io/enforce]: Invalid value: "strict": must be one of privileged, baseline, restricted, ' +
        'metadata.labels[pod-security.kubernetes.io/warn-version]: Invalid value: "1.2": must be "latest" or "v1.x"]',
    );
  });

  it('that enforces refuses pods, and warns of workloads and of what it does not enforce', async () => {
    await namespace('based', { [`${label}/enforce`]: 'baseline', [`${label}/warn`]: 'restricted' });
    const path = '/api/v1/namespaces/based/pods';
    const refused = await send('POST', path, pod('p', { hostPID: true }));
    assert.deepEqual(
      [refused.code, refused.message, refused.warnings],
      [403, 'pods "p" is forbidden: violates PodSecurity "baseline:latest": host namespaces (hostPID)', undefined],
    );
    const warned = await send('POST', path, pod('p', { securityContext: { runAsNonRoot: true } }));
    assert.equal(warned.code, 201);
    assert.match(
      String(warned.warnings),
      /^299 - "would violate PodSecurity \\"restricted:latest\\": allowPrivilegeEscalation/,
    );
    const template = {
      metadata: { labels: { a: 'b' } },
      spec: { containers: [{ name: 'c', image: 'i' }], hostPID: true },
    };
    const workload = await send('POST', '/apis/apps/v1/namespaces/based/deployments', {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name: 'd' },
      spec: { selector: { matchLabels: { a: 'b' } }, template },
    });
    assert.equal(workload.code, 201);
    assert.match(
      String(workload.warnings),
      /would violate PodSecurity \\"restricted:latest\\": host namespaces \(hostPID\)/,
    );
  });

  it('that changes its mind says what runs against it, and lets it run', async () => {
    await namespace('late', {});
    await send(
      'POST',
      '/api/v1/namespaces/late/pods',
      pod('p', { hostPID: true, automountServiceAccountToken: false }),
    );
    const strict = { metadata: { labels: { [`${label}/enforce`]: 'baseline' } } };
    const changed = await send('PATCH', '/api/v1/namespaces/late', strict);
    assert.equal(changed.code, 200);
    assert.equal(
      changed.warnings,
      '299 - "existing pods in namespace \\"late\\" violate the new PodSecurity enforce level \\"baseline:latest\\"", ' +
        '299 - "p: host namespaces"',
    );
    const labelled = await send('PATCH', '/api/v1/namespaces/late/pods/p', { metadata: { labels: { a: 'b' } } });
    assert.equal(labelled.code, 200, 'what changes nothing about its safety is allowed');
    const image = await send('PATCH', '/api/v1/namespaces/late/pods/p', {
      spec: { containers: [{ name: 'c', image: 'j' }] },
    });
    assert.equal(image.code, 403);
  });
});
