import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Ingress } from '../api/networking/ingress.schema.ts';
import { Refusals } from './refusals.ts';
import { testIngress } from './testing/objects.ts';

const source = { apiVersion: 'networking.k8s.io/v1', kind: 'Ingress', namespace: 'default', name: 'a', uid: 'u' };
const versions = (ingresses: readonly Ingress[]): readonly string[] =>
  ingresses.map(({ metadata }) => `${metadata.name}@${metadata.resourceVersion}`);
const version = (name: string, resourceVersion: string): Ingress => {
  const ingress = testIngress(name);
  return { ...ingress, metadata: { ...ingress.metadata, resourceVersion } };
};

test('the last version that was taken stands in for one that is refused, until it changes', () => {
  const refusals = new Refusals();
  const [good, bad, better, other] = [version('a', '1'), version('a', '2'), version('a', '3'), version('b', '1')];
  refusals.accept(refusals.substitute([good, other]));
  assert.deepEqual(versions(refusals.substitute([bad, other])), ['a@2', 'b@1']);
  assert.equal(refusals.refuse(source, 'no'), true);
  assert.deepEqual(versions(refusals.substitute([bad, other])), ['a@1', 'b@1']);
  assert.deepEqual(
    refusals.problems.map(({ message }) => message),
    ['no'],
  );
  assert.deepEqual(versions(refusals.substitute([better, other])), ['a@3', 'b@1']);
  assert.deepEqual(refusals.problems, []);
});

test('one that was never taken is left out; refusing it again is in vain', () => {
  const refusals = new Refusals();
  refusals.substitute([version('a', '1')]);
  assert.equal(refusals.refuse(source, 'no'), true);
  assert.deepEqual(refusals.substitute([version('a', '1')]), []);
  assert.equal(refusals.refuse(source, 'no'), false);
});
