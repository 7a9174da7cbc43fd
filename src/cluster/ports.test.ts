import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { ClusterConfig } from './config.ts';
import { defaultOptions } from './config.ts';
import { checkOwnPorts, checkPortsAreFree, listeningPorts } from './ports.ts';

const config = (changes: Partial<ClusterConfig> = {}): ClusterConfig => ({
  ...defaultOptions,
  formatVersion: 2,
  dataDirectory: '/d',
  kubeconfigs: [],
  subnet: '172.29.0.0/24',
  ...changes,
});

test('listening sockets are found in what the kernel says, save those on bridges of clusters', () => {
  const text = [
    '  sl  local_address rem_address   st tx_queue rx_queue',
    '   0: 0100007F:1F90 00000000:0000 0A 00000000:00000000',
    '   1: 0100007F:0050 0100007F:A3C4 01 00000000:00000000',
    '   2: 01001DAC:192B 00000000:0000 0A 00000000:00000000',
    '   0: 00000000000000000000000000000000:1F91 00000000000000000000000000000000:0000 0A',
  ].join('\n');
  assert.deepEqual([...listeningPorts(new Set(['172.29.0.1']), text)], [8080, 8081]);
});

describe('ports', () => {
  const free: Record<string, () => void> = {
    'nothing else on the machine': () => checkPortsAreFree(config(), new Set([22, 8080]), []),
    'a second cluster that publishes nothing': () =>
      checkPortsAreFree(
        config({ name: 'b', apiPort: 0, httpPort: 0, httpsPort: 0, nodePortRange: { first: 0, last: 0 } }),
        new Set([80, 443]),
        [config()],
      ),
    'ports of its own': () => checkOwnPorts(config()),
  };
  for (const [name, run] of Object.entries(free)) test(`are free: ${name}`, run);

  const taken: Record<string, [() => void, RegExp]> = {
    'by a program': [
      () => checkPortsAreFree(config(), new Set([80]), []),
      /port 80 is taken by a program.*--http-port/,
    ],
    'inside the range of node ports': [
      () => checkPortsAreFree(config(), new Set([31000]), []),
      /port 31000 is taken.*--node-port-range/,
    ],
    'by another cluster': [
      () => checkPortsAreFree(config({ name: 'b' }), new Set(), [config()]),
      /cluster "cox" publishes port 6443 already.*--api-port/,
    ],
    'by a range that meets another': [
      () =>
        checkPortsAreFree(
          config({ name: 'b', apiPort: 0, httpPort: 0, httpsPort: 0, nodePortRange: { first: 32000, last: 33000 } }),
          new Set(),
          [config()],
        ),
      /publishes ports 30000-32767 already/,
    ],
    'twice by the same cluster': [
      () => checkOwnPorts(config({ httpPort: 443 })),
      /--http-port 443 and --https-port 443/,
    ],
  };
  for (const [name, [run, message]] of Object.entries(taken))
    test(`are taken: ${name}`, () => assert.throws(run, message));
});
