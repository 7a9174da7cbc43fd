import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { cellsOf, faultsOf, made } from '../testing/judge.ts';
import { networkPolicyKind } from './network-policy.ts';

const policy = (spec: object) => made(networkPolicyKind, { spec });

it('a NetworkPolicy is about what it has rules for', () => {
  const { spec } = policy({ egress: [{ ports: [{ port: 53 }] }] });
  assert.deepEqual(spec.policyTypes, ['Ingress', 'Egress']);
  assert.deepEqual(spec.podSelector, {});
  assert.deepEqual(spec.egress?.[0]?.ports, [{ port: 53, protocol: 'TCP' }]);
  assert.deepEqual(policy({}).spec.policyTypes, ['Ingress']);
});

describe('the faults of a NetworkPolicy', () => {
  const from = (peer: object) => ({ ingress: [{ from: [peer] }] });
  const ports = (port: object) => ({ ingress: [{ ports: [port] }] });
  const cases: Record<string, readonly [object, ...faults: string[]]> = {
    none: [from({ ipBlock: { cidr: '10.0.0.0/8', except: ['10.1.0.0/16'] } })],
    nobody: [from({}), 'spec.ingress[0].from[0]: Required value: must specify a peer'],
    'a block of pods': [
      from({ podSelector: {}, ipBlock: { cidr: '::/0' } }),
      'spec.ingress[0].from[0]: Forbidden: may not specify both ipBlock and another peer',
    ],
    'no range': [
      from({ ipBlock: { cidr: '10.0.0.0' } }),
      'spec.ingress[0].from[0].ipBlock.cidr: Invalid value: "10.0.0.0": not a valid CIDR',
    ],
    'all of the range': [
      from({ ipBlock: { cidr: '10.0.0.0/8', except: ['10.0.0.0/8'] } }),
      'spec.ingress[0].from[0].ipBlock.except[0]: Invalid value: "10.0.0.0/8": must be a strict subset of `cidr`',
    ],
    'an end before the start': [
      ports({ port: 80, endPort: 79 }),
      'spec.ingress[0].ports[0].endPort: Invalid value: 80: must be greater than or equal to `port`',
    ],
    'an end without a start': [
      ports({ endPort: 79 }),
      'spec.ingress[0].ports[0].endPort: Invalid value: 79: may not be specified when `port` is not specified',
    ],
    'an end to a name': [
      ports({ port: 'http', endPort: 79 }),
      'spec.ingress[0].ports[0].endPort: Invalid value: 79: may not be specified when `port` is non-numeric',
    ],
  };
  for (const [name, [spec, ...faults]] of Object.entries(cases)) {
    it(name, () => assert.deepEqual(faultsOf(networkPolicyKind, policy(spec)), faults));
  }
});

it('a NetworkPolicy is shown by the pods that it is for', () => {
  const cells = cellsOf(networkPolicyKind, policy({ podSelector: { matchLabels: { b: 'c', a: 'b' } } }));
  assert.deepEqual(cells, { Name: 'test', 'Pod-Selector': 'a=b,b=c', Age: '5m' });
  assert.equal(cellsOf(networkPolicyKind, policy({}))['Pod-Selector'], '<none>');
});
