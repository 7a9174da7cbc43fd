import assert from 'node:assert/strict';
import { test } from 'node:test';
import { partialMetadata } from './partial-metadata.ts';
import { scaleOf, withScale } from './scale.ts';

const metadata = { name: 'a', namespace: 'default', uid: 'u', resourceVersion: '7', creationTimestamp: 't' };
const paths = {
  specReplicas: ['spec', 'replicas'],
  statusReplicas: ['status', 'replicas'],
  selector: ['spec', 'selector'],
};
const selectors: Record<string, { selector: object | undefined; text: string | undefined }> = {
  'an object': {
    selector: { matchLabels: { b: '1', a: '2' }, matchExpressions: [{ key: 'c', operator: 'In', values: ['y', 'x'] }] },
    text: 'a=2,b=1,c in (x,y)',
  },
  'a map': { selector: { app: 'x' }, text: 'app=x' },
  none: { selector: undefined, text: undefined },
};
for (const [name, { selector, text }] of Object.entries(selectors)) {
  test(`scale with ${name} as selector`, () => {
    const object = { kind: 'Deployment', metadata, spec: { replicas: 3, selector }, status: { replicas: 2 } };
    const scale = scaleOf(object, paths);
    assert.deepEqual(scale, {
      kind: 'Scale',
      apiVersion: 'autoscaling/v1',
      metadata,
      spec: { replicas: 3 },
      status: { replicas: 2, ...(text === undefined ? {} : { selector: text }) },
    });
    const scaled = withScale(object, { ...scale, spec: { replicas: 5 } }, paths);
    assert.deepEqual(scaled, { ...object, spec: { replicas: 5, selector } });
    assert.equal(object.spec.replicas, 3);
    assert.equal(withScale(object, { spec: {} }, paths).spec.replicas, 0);
  });
}

test('partial metadata', () => {
  assert.deepEqual(partialMetadata({ kind: 'Pod', metadata, spec: {} }), {
    kind: 'PartialObjectMetadata',
    apiVersion: 'meta.k8s.io/v1',
    metadata,
  });
});
