import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { IngressClass } from '../../api/networking/ingress-class.schema.ts';
import { testIngress } from '../testing/objects.ts';
import { claim, defaultControllerName, ingressObjects } from './class.ts';

const [ours] = ingressObjects() as readonly IngressClass[];
const others = {
  ...ours,
  metadata: { ...ours?.metadata, name: 'other', annotations: {} },
  spec: { controller: 'x/y' },
} as IngressClass;
const classes = ours === undefined ? [] : [ours, others];

const cases = {
  'the class by name': { spec: { ingressClassName: 'nginx' }, is: 'ours' },
  "another controller's class": { spec: { ingressClassName: 'other' }, is: 'others' },
  'a class that is not there': { spec: { ingressClassName: 'absent' }, is: 'unknown' },
  'no class: the default one': { spec: {}, is: 'ours' },
  'the older annotation': { spec: {}, annotation: 'nginx', is: 'ours' },
  "the older annotation, another's": { spec: {}, annotation: 'other', is: 'others' },
} as const;

for (const [name, { spec, is, ...rest }] of Object.entries(cases)) {
  test(`claim: ${name}`, () => {
    const ingress = testIngress('a');
    const annotations: Record<string, string> =
      'annotation' in rest ? { 'kubernetes.io/ingress.class': rest.annotation } : {};
    assert.equal(
      claim({ ...ingress, metadata: { ...ingress.metadata, annotations }, spec }, classes, defaultControllerName),
      is,
    );
  });
}

test('without a default class, an Ingress without class is nobody’s', () => {
  assert.equal(claim({ ...testIngress('a'), spec: {} }, [others], defaultControllerName), 'others');
});
