import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Container } from '../../api/core/container.schema.ts';
import type { PodSpec } from '../../api/core/pod-spec.schema.ts';
import { NamespaceMode, SecurityProfile_ProfileType as ProfileType } from '../cri/generated/cri_pb.ts';
import { container, pod } from '../testing/pods.ts';
import type { ContainerConfig } from './container-config.ts';
import { containerConfig } from './container-config.ts';
import { cgroupResources, podCgroupResources } from './resources.ts';
import { sandboxConfig } from './sandbox-config.ts';
import { rootComplaint } from './security-context.ts';

function configOf(
  fields: Partial<Container>,
  spec: Partial<PodSpec> = {},
  image = { uid: 0 as number | undefined, username: '' },
): ContainerConfig {
  const subject = container('c', fields);
  return containerConfig({
    pod: pod({ containers: [subject], ...spec }),
    container: subject,
    restartCount: 2,
    imageRef: 'sha256:1',
    image,
    environment: new Map([['A', '1']]),
    command: ['sh'],
    args: [],
    mounts: [],
    devices: [],
    volumeGroups: [7],
    terminationLog: '/x',
    targetId: undefined,
    root: '/root',
    node: { memoryCapacity: 1 << 30, canLowerOomScore: true },
  });
}

describe('the configuration of a container', () => {
  test('names, labels and what must outlive the kubelet', () => {
    const { metadata, labels, annotations, logPath, envs } = configOf({});
    assert.deepEqual(metadata, { name: 'c', attempt: 2 });
    assert.equal(logPath, 'c/2.log');
    assert.deepEqual(envs, [{ key: 'A', value: '1' }]);
    assert.equal(labels?.['io.kubernetes.container.name'], 'c');
    assert.equal(annotations?.['io.kubernetes.container.restartCount'], '2');
    assert.equal(annotations?.['coxswain.dev/termination-log'], '/x');
  });

  test('a container’s own security settings come before its pod’s', () => {
    const spec = {
      securityContext: {
        runAsUser: 1,
        runAsGroup: 2,
        fsGroup: 3,
        supplementalGroups: [4, 3],
        seccompProfile: { type: 'RuntimeDefault' as const },
      },
    };
    const security = configOf({ securityContext: { runAsUser: 5, allowPrivilegeEscalation: false } }, spec).linux
      ?.securityContext;
    assert.deepEqual(
      [
        security?.runAsUser?.value,
        security?.runAsGroup?.value,
        security?.supplementalGroups,
        security?.noNewPrivs,
        security?.seccomp?.profileType,
      ],
      [5n, 2n, [4n, 3n, 7n], true, ProfileType.RuntimeDefault],
    );
  });

  test('without a user the image’s counts', () => {
    assert.equal(configOf({}, {}, { uid: 33, username: '' }).linux?.securityContext?.runAsUser?.value, 33n);
    assert.equal(configOf({}, {}, { uid: undefined, username: 'www' }).linux?.securityContext?.runAsUsername, 'www');
  });

  test('a privileged container sees all of /proc', () => {
    const { maskedPaths, privileged, seccomp } =
      configOf({ securityContext: { privileged: true } }).linux?.securityContext ?? {};
    assert.deepEqual([maskedPaths, privileged, seccomp?.profileType], [[], true, ProfileType.Unconfined]);
  });

  test('namespaces are shared as the pod says', () => {
    const sandbox = (spec: Partial<PodSpec>) =>
      sandboxConfig({
        pod: pod(spec),
        attempt: 0,
        hostname: '',
        dns: { servers: [], searches: [], options: [] },
        podLogDirectory: '/l',
        cgroupParent: '/cox/a/n',
      }).linux;
    const { network, ipc, pid } =
      sandbox({ hostNetwork: true, shareProcessNamespace: true })?.securityContext?.namespaceOptions ?? {};
    assert.deepEqual([network, ipc, pid], [NamespaceMode.NODE, NamespaceMode.POD, NamespaceMode.POD]);
    assert.equal(sandbox({})?.cgroupParent, '/cox/a/n/podu1');
  });
});

test('who may not run as root does not', () => {
  const complaint = (runAsUser: number | undefined, uid: number | undefined, username = '') => {
    const subject = container('c', {
      securityContext: { runAsNonRoot: true, ...(runAsUser === undefined ? {} : { runAsUser }) },
    });
    return rootComplaint(pod({ containers: [subject] }), subject, { uid, username }, 'web_default(u1)');
  };
  assert.equal(complaint(1, 0), undefined);
  assert.equal(complaint(undefined, 1000), undefined);
  assert.match(
    complaint(0, undefined) ?? '',
    /^container's runAsUser breaks non-root policy \(pod: "web_default\(u1\)", container: c\)$/,
  );
  assert.match(complaint(undefined, 0) ?? '', /^container has runAsNonRoot and image will run as root/);
  assert.match(
    complaint(undefined, undefined, 'www') ?? '',
    /^container has runAsNonRoot and image has non-numeric user \(www\)/,
  );
});

test('requests and limits become shares, quotas and bytes', () => {
  const table: readonly [Container['resources'], readonly bigint[]][] = [
    [{}, [2n, 0n, 0n]],
    [{ requests: { cpu: '500m' } }, [512n, 0n, 0n]],
    [{ limits: { cpu: '250m', memory: '64Mi' } }, [256n, 25_000n, 67_108_864n]],
    [{ requests: { cpu: '1m' }, limits: { cpu: '1m' } }, [2n, 1000n, 0n]],
  ];
  for (const [resources, expected] of table) {
    const { cpuShares, cpuQuota, memoryLimit } = cgroupResources(resources);
    assert.deepEqual([cpuShares, cpuQuota, memoryLimit], expected);
  }
});

test('a pod is limited only when all its containers are', () => {
  const limited = container('a', { resources: { limits: { cpu: '1', memory: '1Mi' } } });
  const requesting = container('b', { resources: { requests: { cpu: '1' } } });
  assert.deepEqual(podCgroupResources(pod({ containers: [limited, limited] })), {
    cpuShares: 2048n,
    cpuQuota: 200_000n,
    cpuPeriod: 100_000n,
    memoryLimit: 2_097_152n,
  });
  const { cpuShares, cpuQuota, memoryLimit } = podCgroupResources(pod({ containers: [limited, requesting] }));
  assert.deepEqual([cpuShares, cpuQuota, memoryLimit], [2048n, 0n, 0n]);
});

test('how gladly a container is killed follows its quality of service', () => {
  const score = (fields: Partial<Container>) => configOf(fields).linux?.resources?.oomScoreAdj;
  assert.equal(score({}), 1000n);
  assert.equal(
    score({ resources: { limits: { cpu: '1', memory: '1Mi' }, requests: { cpu: '1', memory: '1Mi' } } }),
    -997n,
  );
  assert.equal(score({ resources: { requests: { memory: '512Mi' } } }), 500n);
});
