import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Pod } from '../../api/core/pod.schema.ts';
import { podKind } from '../../api/core/pod.ts';
import type { RuntimeClass } from '../../api/node/runtime-class.schema.ts';
import { StatusError } from '../../api/status-error.ts';
import { runtimeClassAdmission } from './runtime-class.ts';
import type { AdmissionContext, AdmissionRequest } from './types.ts';

type Fields = Record<string, unknown>;

const classes: Record<string, Partial<RuntimeClass>> = {
  plain: {},
  heavy: { overhead: { podFixed: { cpu: '250m', memory: '64Mi' } } },
  placed: {
    scheduling: {
      nodeSelector: { sandbox: 'vm' },
      tolerations: [
        { key: 'vm', operator: 'Exists' },
        { key: 'own', operator: 'Exists', effect: 'NoSchedule' },
      ],
    },
  },
};

const context = {
  read: (_: unknown, { name }: { name: string }) => {
    const found = classes[name];
    if (found === undefined) return Promise.reject(new StatusError('NotFound', `no ${name}`));
    return Promise.resolve({ metadata: { name }, handler: 'runc', ...found });
  },
} as unknown as AdmissionContext;

function request(spec: object): AdmissionRequest & { readonly object: NonNullable<AdmissionRequest['object']> } {
  const object = { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'web' }, spec };
  const user = { name: 'u', groups: [] };
  const call = { verb: 'create', kind: podKind, subresource: '', namespace: 'default', name: 'web', old: undefined };
  return { ...call, object, user, dryRun: false, now: '', warnings: [] } as unknown as ReturnType<typeof request>;
}

async function admitted(spec: Fields): Promise<Fields> {
  const object = await runtimeClassAdmission.mutate?.(request(spec), context);
  const pod = object as unknown as Pod;
  await runtimeClassAdmission.validate?.(request(pod.spec), context);
  const { runtimeClassName: _, ...rest } = pod.spec as unknown as Fields;
  return rest;
}

describe('a new pod with a RuntimeClass', () => {
  const vm = { key: 'vm', operator: 'Exists' };
  const own = { key: 'own', operator: 'Exists', effect: 'NoSchedule' };
  const taken: Record<string, { spec: Fields; becomes: Fields }> = {
    'without one nothing changes': { spec: {}, becomes: {} },
    'a class that asks for nothing changes nothing': { spec: { runtimeClassName: 'plain' }, becomes: {} },
    'overhead is the class’s': {
      spec: { runtimeClassName: 'heavy' },
      becomes: { overhead: { cpu: '250m', memory: '64Mi' } },
    },
    'the same overhead may be written otherwise': {
      spec: { runtimeClassName: 'heavy', overhead: { cpu: '0.25', memory: '65536Ki' } },
      becomes: { overhead: { cpu: '250m', memory: '64Mi' } },
    },
    'node labels and tolerations are added': {
      spec: { runtimeClassName: 'placed', nodeSelector: { disk: 'ssd', sandbox: 'vm' } },
      becomes: { nodeSelector: { disk: 'ssd', sandbox: 'vm' }, tolerations: [vm, own] },
    },
    'of two tolerations the wider stays': {
      spec: {
        runtimeClassName: 'placed',
        tolerations: [
          { key: 'vm', operator: 'Equal', value: 'a', effect: 'NoExecute', tolerationSeconds: 5 },
          { key: 'own', operator: 'Exists' },
        ],
      },
      becomes: { nodeSelector: { sandbox: 'vm' }, tolerations: [{ key: 'own', operator: 'Exists' }, vm] },
    },
  };
  for (const [name, { spec, becomes }] of Object.entries(taken)) {
    it(name, async () => assert.deepEqual(await admitted(spec), becomes));
  }

  const prefix = 'pods "web" is forbidden: ';
  const refused: Record<string, { spec: Fields; message: string }> = {
    'a class that is not there': {
      spec: { runtimeClassName: 'none' },
      message: 'pod rejected: RuntimeClass "none" not found',
    },
    'another overhead': {
      spec: { runtimeClassName: 'heavy', overhead: { cpu: '1' } },
      message: "pod rejected: Pod's Overhead doesn't match RuntimeClass's defined Overhead",
    },
    'overhead without a class that says so': {
      spec: { runtimeClassName: 'plain', overhead: { cpu: '1' } },
      message: 'pod rejected: Pod Overhead set without corresponding RuntimeClass defined Overhead',
    },
    'a node label of another value': {
      spec: { runtimeClassName: 'placed', nodeSelector: { sandbox: 'none' } },
      message: 'conflict: runtimeClass.scheduling.nodeSelector[sandbox] = vm; pod.spec.nodeSelector[sandbox] = none',
    },
  };
  for (const [name, { spec, message }] of Object.entries(refused)) {
    it(`refuses ${name}`, () =>
      assert.rejects(admitted(spec), { reason: 'Forbidden', message: `${prefix}${message}` }));
  }
});
