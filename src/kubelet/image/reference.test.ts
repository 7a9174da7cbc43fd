import assert from 'node:assert/strict';
import { test } from 'node:test';
import { credentialsFor } from './credentials.ts';
import { imageNameComplaint, parseImageReference, withDefaultTag } from './reference.ts';
import type { Secret } from '../../api/core/secret.schema.ts';

const digest = `sha256:${'0'.repeat(64)}`;

test('names are read as registries read them', () => {
  const table: Readonly<Record<string, string | undefined>> = {
    redis: 'docker.io library/redis',
    'redis:7': 'docker.io library/redis 7',
    'team/app:v1.2_3': 'docker.io team/app v1.2_3',
    'localhost/app': 'localhost app',
    'example.com:5000/a/b/c:1': 'example.com:5000 a/b/c 1',
    [`example.com/app@${digest}`]: `example.com app ${digest}`,
    [`app:1@${digest}`]: `docker.io library/app 1 ${digest}`,
    Redis: undefined,
    'a b': undefined,
    'app:': undefined,
    'app@sha256:12': undefined,
    'example.com/': undefined,
    '': undefined,
  };
  for (const [text, expected] of Object.entries(table)) {
    const read = parseImageReference(text);
    const said =
      read && [read.registry, read.repository, read.tag, read.digest].filter((part) => part !== undefined).join(' ');
    assert.equal(said, expected, text);
  }
});

test('a name without tag and digest means the tag latest', () => {
  assert.equal(withDefaultTag('example.com:5000/app'), 'example.com:5000/app:latest');
  assert.equal(withDefaultTag(`app@${digest}`), `app@${digest}`);
  assert.equal(withDefaultTag('app:1'), 'app:1');
});

test('complaints are worded as upstream words them', () => {
  assert.equal(imageNameComplaint('app:1'), undefined);
  assert.equal(imageNameComplaint('a b'), 'couldn\'t parse image name "a b": invalid reference format');
  assert.match(imageNameComplaint('App') ?? '', /repository name must be lowercase$/);
});

function secret(auths: Record<string, unknown>): Secret {
  const data = { '.dockerconfigjson': Buffer.from(JSON.stringify({ auths })).toString('base64') };
  const metadata = { name: 's', namespace: 'default', uid: 'u', resourceVersion: '1', creationTimestamp: '' };
  return { apiVersion: 'v1', kind: 'Secret', type: 'kubernetes.io/dockerconfigjson', metadata, data };
}

test('credentials fit by host, port and path, the most specific first', () => {
  const auth = (user: string) => ({ auth: Buffer.from(`${user}:p:w`).toString('base64') });
  const secrets = [
    secret({
      'https://index.docker.io/v1/': auth('hub'),
      'example.com': auth('all'),
      'example.com/team': auth('team'),
      '*.example.com': auth('wild'),
      'example.com:5000': { username: 'port', password: 'x' },
    }),
  ];
  const users = (image: string) => credentialsFor(image, secrets).map(({ username }) => username);
  assert.deepEqual(users('redis'), ['hub']);
  assert.deepEqual(users('example.com/app'), ['all']);
  assert.deepEqual(users('example.com/team/app:1'), ['team', 'all']);
  assert.deepEqual(users('a.example.com/app'), ['wild']);
  assert.deepEqual(users('a.b.example.com/app'), []);
  assert.deepEqual(users('example.com:5000/app'), ['port']);
  assert.equal(credentialsFor('redis', secrets)[0]?.password, 'p:w');
});
