import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Payload } from './atomic-writer.ts';
import { memoryLimit } from './plugins/empty-dir.ts';
import { parseMountInfo } from './mounts.ts';
import { groupMode } from './ownership.ts';
import { configMapPayload, downwardPayload, secretPayload } from './payload.ts';
import { podWith } from './testing/pods.ts';
import { needsRenewal } from './token-source.ts';

const shown = (payload: Payload): Record<string, string> =>
  Object.fromEntries(
    [...payload].map(([path, { data, mode }]) => [path, `${Buffer.from(data).toString()} ${mode.toString(8)}`]),
  );
const layout = { items: undefined, defaultMode: 0o644, optional: false };

describe('payloads', () => {
  it('has all keys of a ConfigMap, binary ones too', () => {
    const object = { data: { a: 'ä' }, binaryData: { b: Buffer.from('bin').toString('base64') } };
    assert.deepEqual(shown(configMapPayload(object, layout)), { a: 'ä 644', b: 'bin 644' });
  });

  it('has the chosen keys under their paths, with modes of their own', () => {
    const items = [
      { key: 'a', path: 'x/a.ini' },
      { key: 'b', path: 'b', mode: 0o400 },
    ];
    const object = { data: { a: 'MQ==', b: 'Mg==', c: 'Mw==' } };
    assert.deepEqual(shown(secretPayload(object, { ...layout, items })), { 'x/a.ini': '1 644', b: '2 400' });
  });

  it('wants the chosen keys, unless it is optional', () => {
    const items = [{ key: 'nope', path: 'p' }];
    assert.throws(() => configMapPayload({ data: {} }, { ...layout, items }), {
      message: 'configmap references non-existent config key: nope',
    });
    assert.throws(() => secretPayload({}, { ...layout, items }), {
      message: 'references non-existent secret key: nope',
    });
    assert.deepEqual(shown(configMapPayload({}, { ...layout, items, optional: true })), {});
  });

  it('has fields and resources of the pod', () => {
    const pod = podWith([]);
    const payload = downwardPayload(
      [
        { path: 'labels', fieldRef: { fieldPath: 'metadata.labels' } },
        {
          path: 'memory',
          resourceFieldRef: { containerName: 'web', resource: 'limits.memory', divisor: '1Mi' },
          mode: 0o600,
        },
      ],
      { pod, defaultMode: 0o644, allocatable: { memory: '1Gi' } },
    );
    assert.deepEqual(shown(payload), { labels: 'app="web" 644', memory: '1024 600' });
  });
});

describe('needsRenewal', () => {
  const token = (claims: object): string => `h.${Buffer.from(JSON.stringify(claims)).toString('base64url')}.s`;
  const day = 86_400;
  const cases: Record<string, [token: string, life: number, now: number, jitter: number, expected: boolean]> = {
    'a fresh token is kept': [token({ iat: 1000, exp: 4607 }), 3607, 1100, 0, false],
    'after four fifths of its life': [token({ iat: 1000, exp: 5000 }), 4000, 4201, 0, true],
    'shortly before that': [token({ iat: 1000, exp: 5000 }), 4000, 4199, 0, false],
    'earlier by the jitter': [token({ iat: 1000, exp: 5000 }), 4000, 4195, 1, true],
    'the life asked for counts where the server gave more': [token({ iat: 0, exp: 365 * day }), 3607, 2900, 0, true],
    'the life given counts where the server gave less': [token({ iat: 0, exp: 1000 }), 3607, 801, 0, true],
    'after a day at the latest': [token({ iat: 0, exp: 30 * day }), 30 * day, day + 1, 0, true],
    'what is no token': ['nonsense', 3600, 0, 0, true],
  };
  for (const [name, [text, life, now, jitter, expected]] of Object.entries(cases)) {
    it(name, () => assert.equal(needsRenewal(text, life, now, jitter), expected));
  }
});

describe('memoryLimit', () => {
  const limited = (memory: string) => ({ name: memory, resources: { limits: { memory } } });
  const cases: Record<string, [Parameters<typeof podWith>[1], string | undefined, bigint]> = {
    'the node’s memory': [{}, undefined, 8n << 30n],
    'the volume’s own limit': [{}, '1Gi', 1n << 30n],
    'the sum of all containers’ limits': [{ containers: [limited('1Mi'), limited('2Mi')] }, '1Gi', 3n << 20n],
    'not the sum when one has none': [
      { containers: [limited('1Mi'), { name: 'free', resources: {} }] },
      '1Gi',
      1n << 30n,
    ],
    'the pod’s limit': [{ resources: { limits: { memory: '5Mi' } } }, undefined, 5n << 20n],
    'a limit of zero is none': [{}, '0', 8n << 30n],
  };
  for (const [name, [spec, sizeLimit, expected]] of Object.entries(cases)) {
    it(name, () => assert.equal(memoryLimit(podWith([], spec), sizeLimit, '8Gi'), expected));
  }
});

it('groupMode adds what a group needs', () => {
  assert.equal(groupMode(0o600, false, true), 0o640);
  assert.equal(groupMode(0o600, false, false), 0o660);
  assert.equal(groupMode(0o755, true, false), 0o2775);
  assert.equal(groupMode(0o755, true, true), 0o2755);
});

it('parseMountInfo reads blanks in paths', () => {
  const text =
    '36 35 0:32 / /a\\040b rw,noatime shared:1 - tmpfs tmpfs rw\n37 35 8:1 / /c rw - ext4 /dev/x rw,errors=remount-ro\n';
  assert.deepEqual(parseMountInfo(text), [
    { path: '/a b', fileSystem: 'tmpfs' },
    { path: '/c', fileSystem: 'ext4' },
  ]);
});
