import assert from 'node:assert/strict';
import { test } from 'node:test';
import { firewallBlocks } from './preflight.ts';

const chain = { family: 'ip', table: 'filter' };
const docker = [
  { ...chain, name: 'FORWARD', hook: 'forward', policy: 'drop' },
  { ...chain, name: 'DOCKER-USER' },
];
const ufw = [
  { ...chain, name: 'INPUT', hook: 'input', policy: 'drop' },
  { ...chain, name: 'ufw-user-input' },
];

const cases: Record<string, [chains: Parameters<typeof firewallBlocks>[0], isolated: boolean, remedies: string[]]> = {
  'an open host': [[{ ...chain, name: 'FORWARD', hook: 'forward', policy: 'accept' }], false, []],
  'Docker, with a way out': [
    docker,
    false,
    ['iptables -I DOCKER-USER -i cox-a -j ACCEPT && iptables -I DOCKER-USER -o cox-a -j ACCEPT'],
  ],
  'Docker, isolated': [docker, true, []],
  ufw: [ufw, true, ['ufw allow in on cox-a']],
  'a firewall of the user': [
    [{ ...chain, name: 'INPUT', hook: 'input', policy: 'drop' }],
    true,
    ['iptables -I INPUT -i cox-a -j ACCEPT'],
  ],
};

for (const [name, [chains, isolated, remedies]] of Object.entries(cases)) {
  test(`firewalls in the way: ${name}`, () => {
    assert.deepEqual(
      firewallBlocks(chains, 'cox-a', isolated).map(({ remedy }) => remedy),
      remedies,
    );
  });
}
