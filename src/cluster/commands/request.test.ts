import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ClusterConfig } from '../config.ts';
import { defaultOptions } from '../config.ts';
import { UserError } from '../user-error.ts';
import { changedOptions, defaultKubeconfig } from './request.ts';

const config: ClusterConfig = {
  ...defaultOptions,
  formatVersion: 2,
  dataDirectory: '/',
  kubeconfigs: [],
  subnet: '172.29.0.0/24',
};

test('ports, mirrors and more nodes may be given to a cluster that exists', () => {
  assert.deepEqual(changedOptions(config, { name: 'cox', httpPort: 8080, nodes: 3 }), {
    ...config,
    httpPort: 8080,
    nodes: 3,
  });
  assert.deepEqual(changedOptions(config, { name: 'cox' }), config);
});

test('what cannot change is refused with the remedy', () => {
  assert.throws(() => changedOptions(config, { name: 'cox', nodes: 1 }), /more but not fewer.*cox delete/);
  assert.throws(() => changedOptions(config, { name: 'cox', isolated: true }), /--isolated/);
  const store = { endpoints: ['http://127.0.0.1:2379'] };
  assert.throws(() => changedOptions(config, { name: 'cox', store }), /with a store of its own.*--store/);
  assert.throws(() => changedOptions(config, { name: 'cox', dataDirectory: '/tmp' }), UserError);
});

test("kubectl's own rule says where the context goes", () => {
  assert.equal(defaultKubeconfig({ KUBECONFIG: ':/a:/b' }), '/a');
  assert.match(defaultKubeconfig({}), /\/\.kube\/config$/);
});
