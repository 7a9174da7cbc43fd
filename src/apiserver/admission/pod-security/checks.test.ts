import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { PodSpec } from '../../../api/core/pod-spec.schema.ts';
import { checks } from './all-checks.ts';
import type { Subject } from './check.ts';
import { detailsOf, violationsOf } from './evaluate.ts';
import type { Level } from './policy.ts';

type Fields = Readonly<Record<string, unknown>>;

/** What a pod must say to be allowed everywhere. */
const good = {
  allowPrivilegeEscalation: false,
  capabilities: { drop: ['ALL'] },
  runAsNonRoot: true,
  seccompProfile: { type: 'RuntimeDefault' },
};

function subject(spec: Fields, annotations: Readonly<Record<string, string>> = {}): Subject {
  return { annotations, spec: { containers: [{ name: 'a', securityContext: good }], ...spec } as unknown as PodSpec };
}
const container = (fields: Fields, name = 'a'): Fields => ({ name, ...fields });
/** A pod whose container `a` has these fields in its security context, beside the good ones. */
const secured = (context: Fields, spec: Fields = {}): Subject =>
  subject({ containers: [container({ securityContext: { ...good, ...context } })], ...spec });
const podSecured = (securityContext: Fields): Subject => subject({ securityContext });

type Case = readonly [subject: Subject, expected: string, level?: Level, version?: number];

const cases: Readonly<Record<string, Case>> = {
  'a good pod': [subject({}), ''],
  'escalation not forbidden': [
    secured({ allowPrivilegeEscalation: undefined }),
    'allowPrivilegeEscalation != false (container "a" must set securityContext.allowPrivilegeEscalation=false)',
  ],
  'escalation asked for, by several, of all kinds': [
    subject({
      initContainers: [container({}, 'i')],
      ephemeralContainers: [container({ securityContext: { allowPrivilegeEscalation: true } }, 'e')],
      securityContext: { runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } },
    }),
    'allowPrivilegeEscalation != false (containers "i", "e" must set securityContext.allowPrivilegeEscalation=false), ' +
      'unrestricted capabilities (containers "i", "e" must set securityContext.capabilities.drop=["ALL"])',
  ],
  'escalation on Windows': [
    secured({ allowPrivilegeEscalation: undefined, capabilities: undefined }, { os: { name: 'windows' } }),
    '',
  ],
  'AppArmor by field and annotation': [
    {
      ...secured(
        { appArmorProfile: { type: 'Unconfined' } },
        { securityContext: { appArmorProfile: { type: 'Own' } } },
      ),
      annotations: { 'container.apparmor.security.beta.kubernetes.io/a': 'unconfined' },
    },
    'forbidden AppArmor profiles (pod and container "a" and annotation must not set AppArmor profile type to "Own", ' +
      '"Unconfined", "container.apparmor.security.beta.kubernetes.io/a=\\"unconfined\\"")',
  ],
  'AppArmor as allowed': [subject({}, { 'container.apparmor.security.beta.kubernetes.io/a': 'localhost/own' }), ''],
  'capabilities beyond the usual': [
    secured({ capabilities: { add: ['NET_RAW', 'CHOWN', 'BPF'] } }),
    'non-default capabilities (container "a" must not include "BPF", "NET_RAW" in securityContext.capabilities.add)',
    'baseline',
  ],
  'capabilities added to a restricted pod': [
    secured({ capabilities: { drop: ['NET_RAW'], add: ['NET_BIND_SERVICE', 'CHOWN'] } }),
    'unrestricted capabilities (container "a" must set securityContext.capabilities.drop=["ALL"]; ' +
      'container "a" must not include "CHOWN" in securityContext.capabilities.add)',
  ],
  "the node's namespaces": [
    subject({ hostNetwork: true, hostPID: true, hostIPC: true }),
    'host namespaces (hostIPC, hostNetwork, hostPID)',
    'baseline',
  ],
  'hostPath in the baseline': [
    subject({ volumes: [{ name: 'v', hostPath: { path: '/' } }] }),
    'hostPath volumes (volume "v")',
    'baseline',
  ],
  'volumes of a restricted pod': [
    subject({
      volumes: [
        { name: 'v', hostPath: { path: '/' } },
        { name: 'w', nfs: { server: 's', path: '/' } },
        { name: 'x', image: { reference: 'r' } },
        { name: 'y', emptyDir: {} },
      ],
    }),
    'restricted volume types (volumes "v", "w" use restricted volume types "hostPath", "nfs")',
  ],
  "the node's ports": [
    subject({
      containers: [
        container({
          ports: [
            { containerPort: 1, hostPort: 80 },
            { containerPort: 2, hostPort: 443 },
          ],
        }),
      ],
    }),
    'hostPort (container "a" uses hostPorts 443, 80)',
    'baseline',
  ],
  'hosts of probes': [
    subject({
      containers: [
        container({
          livenessProbe: { httpGet: { port: 1, host: '127.0.0.1' } },
          lifecycle: { preStop: { tcpSocket: { port: 1, host: 'other' } } },
        }),
      ],
    }),
    'probe or lifecycle host (container "a" uses probe or lifecycle hosts "127.0.0.1", "other")',
    'baseline',
  ],
  'hosts of probes before there was a rule': [
    subject({ containers: [container({ livenessProbe: { httpGet: { port: 1, host: '127.0.0.1' } } })] }),
    '',
    'baseline',
    33,
  ],
  privileged: [
    secured({ privileged: true }),
    'privileged (container "a" must not set securityContext.privileged=true)',
    'baseline',
  ],
  'a bare /proc': [
    secured({ procMount: 'Unmasked' }),
    'procMount (container "a" must not set securityContext.procMount to "Unmasked")',
    'baseline',
  ],
  'a bare /proc in a user namespace': [secured({ procMount: 'Unmasked' }, { hostUsers: false }), '', 'baseline'],
  'a bare /proc in a user namespace, restricted': [
    secured({ procMount: 'Unmasked' }, { hostUsers: false }),
    'procMount (container "a" must not set securityContext.procMount to "Unmasked")',
  ],
  'root by silence': [
    secured({ runAsNonRoot: undefined }),
    'runAsNonRoot != true (pod or container "a" must set securityContext.runAsNonRoot=true)',
  ],
  'root by the pod and a container': [
    secured({ runAsNonRoot: false }, { securityContext: { runAsNonRoot: false } }),
    'runAsNonRoot != true (pod and container "a" must not set securityContext.runAsNonRoot=false)',
  ],
  'root in a user namespace': [secured({ runAsNonRoot: false, runAsUser: 0 }, { hostUsers: false }), ''],
  'root in a user namespace, in an old version': [
    secured({ runAsNonRoot: true, runAsUser: 0 }, { hostUsers: false }),
    'runAsUser=0 (container "a" must not set runAsUser=0)',
    'restricted',
    34,
  ],
  'user 0 of the pod': [podSecured({ runAsUser: 0 }), 'runAsUser=0 (pod must not set runAsUser=0)'],
  'user 0 before there was a rule': [podSecured({ runAsUser: 0 }), '', 'restricted', 22],
  'no seccomp profile': [
    secured({ seccompProfile: undefined }),
    'seccompProfile (pod or container "a" must set securityContext.seccompProfile.type to "RuntimeDefault" or "Localhost")',
  ],
  'no seccomp, asked for': [
    secured({ seccompProfile: { type: 'Unconfined' } }),
    'seccompProfile (container "a" must not set securityContext.seccompProfile.type to "Unconfined")',
    'baseline',
  ],
  'no seccomp, by an old annotation': [
    subject({}, { 'seccomp.security.alpha.kubernetes.io/pod': 'unconfined' }),
    'seccompProfile (forbidden annotation seccomp.security.alpha.kubernetes.io/pod="unconfined")',
    'baseline',
    18,
  ],
  'SELinux options': [
    secured({ seLinuxOptions: { user: 'u' } }, { securityContext: { seLinuxOptions: { type: 'spc_t', role: 'r' } } }),
    'seLinuxOptions (pod and container "a" set forbidden securityContext.seLinuxOptions: type "spc_t"; user may not be set; role may not be set)',
    'baseline',
  ],
  'an SELinux type that was new in 1.31': [
    podSecured({ seLinuxOptions: { type: 'container_engine_t' } }),
    '',
    'baseline',
  ],
  'and before': [
    podSecured({ seLinuxOptions: { type: 'container_engine_t' } }),
    'seLinuxOptions (pod set forbidden securityContext.seLinuxOptions: type "container_engine_t")',
    'baseline',
    30,
  ],
  'kernel parameters': [
    podSecured({
      sysctls: [
        { name: 'kernel.msgmax', value: '1' },
        { name: 'net.ipv4.tcp_rmem', value: '1' },
      ],
    }),
    'forbidden sysctls (kernel.msgmax)',
    'baseline',
  ],
  'kernel parameters of version 1.31': [
    podSecured({
      sysctls: [
        { name: 'net.ipv4.tcp_rmem', value: '1' },
        { name: 'net.ipv4.tcp_fin_timeout', value: '1' },
      ],
    }),
    'forbidden sysctls (net.ipv4.tcp_rmem)',
    'baseline',
    31,
  ],
  'a process of a Windows node': [
    secured({ windowsOptions: { hostProcess: true } }),
    'hostProcess (container "a" must not set securityContext.windowsOptions.hostProcess=true)',
    'baseline',
  ],
  'anything at all': [subject({ hostNetwork: true }), '', 'privileged'],
};

describe('Pod Security Standards', () => {
  for (const [name, [pod, expected, level = 'restricted', version = 'latest']] of Object.entries(cases)) {
    it(name, () => assert.equal(detailsOf(violationsOf(pod, { level, version })), expected));
  }

  it("tell of a plain pod in upstream's words and order", () => {
    const plain = subject({ containers: [{ name: 'nginx', image: 'nginx' }] });
    assert.equal(
      detailsOf(violationsOf(plain, { level: 'restricted', version: 'latest' })),
      'allowPrivilegeEscalation != false (container "nginx" must set securityContext.allowPrivilegeEscalation=false), ' +
        'unrestricted capabilities (container "nginx" must set securityContext.capabilities.drop=["ALL"]), ' +
        'runAsNonRoot != true (pod or container "nginx" must set securityContext.runAsNonRoot=true), ' +
        'seccompProfile (pod or container "nginx" must set securityContext.seccompProfile.type to "RuntimeDefault" or "Localhost")',
    );
  });

  it('replace only checks that there are, in versions that rise', () => {
    const ids = checks.map(({ id }) => id);
    for (const { replaces = [], versions } of checks) {
      for (const id of replaces) assert.ok(ids.includes(id), id);
      const from = versions.map((version) => version.from);
      assert.deepEqual(
        from,
        from.toSorted((a, b) => a - b),
      );
    }
  });
});
