import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { formatImageName, parseImageName, registryFolder } from './image-name.ts';

describe('names are completed as containerd completes them', () => {
  const cases: Record<string, string> = {
    python: 'docker.io/library/python:latest',
    'python:3.10': 'docker.io/library/python:3.10',
    'wjallen/hello-flask:1.0': 'docker.io/wjallen/hello-flask:1.0',
    'docker.io/redis:7': 'docker.io/library/redis:7',
    'quay.io/a/b/c:v1': 'quay.io/a/b/c:v1',
    'localhost:5000/x': 'localhost:5000/x:latest',
    'localhost/x:1': 'localhost/x:1',
  };
  for (const [name, full] of Object.entries(cases))
    test(name, () => assert.equal(formatImageName(parseImageName(name)), full));
});

describe('names that no registry takes are refused', () => {
  for (const name of ['', 'Python', 'a//b', 'a:b:c', 'x@sha256:00', '../x', 'a/:1', 'x y', 'x:-']) {
    test(JSON.stringify(name), () => assert.throws(() => parseImageName(name), /image name/));
  }
});

test('a registry with a port has a folder without a colon', () =>
  assert.equal(registryFolder('Localhost:5000'), 'localhost__5000'));
