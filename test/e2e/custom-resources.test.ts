import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { eventually, useCluster, whyNotHere } from './cluster.ts';

// Kinds that are defined while the cluster runs, as kubectl sees them.
describe('custom resources', { skip: whyNotHere() ?? false }, () => {
  const cluster = useCluster();
  before(() => cluster.apply(definition));
  after(() => cluster.kubectl('delete crd widgets.test.example.com --ignore-not-found --wait=true --timeout=30s'));

  test('objects can be applied as soon as their kind is', async () => {
    await cluster.kubectl('delete crd widgets.test.example.com');
    await cluster.apply(definition);
    const started = performance.now();
    await cluster.apply(widget('first'));
    assert.ok(performance.now() - started < 2000);
    assert.match(
      await cluster.kubectl('get crd widgets.test.example.com'),
      /NAME +CREATED AT\nwidgets.test.example.com +\d{4}-/,
    );
    await cluster.kubectl('wait --for=condition=Established crd/widgets.test.example.com --timeout=5s');
  });

  test('get, by short name and by category, with the columns of the definition', async () => {
    await cluster.apply(widget('shown'));
    assert.match(await cluster.kubectl('get wd shown'), /^NAME +COLOR +REPLICAS +AGE\nshown +red +1 +\d+s\n$/);
    assert.match(await cluster.kubectl('get gadgets'), /shown/);
    assert.match(await cluster.kubectl('get widgets --field-selector spec.color=red'), /shown/);
    assert.equal(await cluster.kubectl('get widgets --field-selector spec.color=blue -o name'), '');
  });

  test('explain, from the descriptions in the schema', async () => {
    assert.match(await cluster.kubectl('explain widget'), /KIND: +Widget[^]*Something to try things with\./);
    assert.match(await cluster.kubectl('explain widget.spec.color'), /FIELD: color <string>[^]*What it looks like\./);
  });

  test('bad objects are refused with the field and the reason', async () => {
    const cases: Readonly<Record<string, RegExp>> = {
      'color: pink': /spec\.color: Unsupported value: "pink": supported values: "blue", "red"/,
      'replicas: many':
        /spec\.replicas: Invalid value: "string": spec\.replicas in body must be of type integer: "string"/,
      'colour: red': /strict decoding error: unknown field "spec\.colour"/,
      'replicas: 9': /spec: Invalid value: "object": at most 5/,
    };
    for (const [field, message] of Object.entries(cases)) {
      const { exitCode, stderr } = await cluster.tryKubectl('apply -f -', { input: widget('bad', field) });
      assert.equal(exitCode, 1);
      assert.match(stderr, message);
    }
  });

  test('patch, scale, label, and server-side apply', async () => {
    await cluster.apply(widget('changed'));
    await cluster.kubectl(['patch', 'wd', 'changed', '--type=merge', '-p', '{"spec":{"color":"blue"}}']);
    await cluster.kubectl('scale widget changed --replicas=3');
    await cluster.kubectl('label widget changed a=b');
    assert.equal(
      await cluster.jsonpath('get wd changed', '{.spec.color} {.spec.replicas} {.metadata.labels.a}'),
      'blue 3 b',
    );
    const strategic = await cluster.tryKubectl(['patch', 'wd', 'changed', '-p', '{"spec":{"color":"red"}}']);
    assert.match(strategic.stderr, /strategic-merge-patch\+json is not supported/);
    const applied = await cluster.tryKubectl('apply --server-side -f -', { input: widget('changed', 'color: red') });
    assert.match(applied.stderr, /conflicts? with "kubectl-patch" using test\.example\.com\/v1:\s[- ]*\.spec\.color/);
    await cluster.kubectl('apply --server-side --force-conflicts -f -', { input: widget('changed', 'color: red') });
    const status = '{"status":{"replicas":3}}';
    await cluster.kubectl(['patch', 'wd', 'changed', '--subresource=status', '--type=merge', '-p', status]);
    assert.equal(await cluster.jsonpath('get wd changed', '{.spec.color} {.status.replicas}'), 'red 3');
  });

  test('what a custom resource owns goes with it', async () => {
    await cluster.apply(widget('owner'));
    const uid = await cluster.jsonpath('get wd owner', '{.metadata.uid}');
    await cluster.apply(owned(uid));
    await cluster.kubectl('delete widget owner');
    await eventually(
      'no owned ConfigMap',
      async () => (await cluster.kubectl('get configmap widget-owned --ignore-not-found')) === '',
    );
  });

  test('a namespace takes its custom resources along', async () => {
    await cluster.kubectl('create namespace widgets');
    await cluster.apply(widget('inside'), '--namespace=widgets');
    await cluster.kubectl('delete namespace widgets --timeout=30s');
    assert.equal(await cluster.kubectl('get widgets --namespace=widgets -o name'), '');
  });

  test('a changed definition holds at once', async () => {
    await cluster.apply(widget('older'));
    await cluster.apply(definition.replace('# more', 'weight: { type: integer, default: 7 }'));
    assert.equal(await cluster.jsonpath('get wd older', '{.spec.weight}'), '7');
    assert.match(await cluster.kubectl('explain widget.spec'), /weight/);
    await cluster.apply(definition);
    assert.equal(await cluster.jsonpath('get wd older', '{.spec.weight}'), '');
  });

  test('a definition goes with all its objects', async () => {
    await cluster.apply(widget('last'));
    await cluster.kubectl('delete crd widgets.test.example.com --timeout=30s');
    const { stderr } = await cluster.tryKubectl('get widgets');
    assert.match(stderr, /the server doesn't have a resource type "widgets"|could not find the requested resource/);
    await cluster.apply(definition);
    assert.equal(await cluster.kubectl('get widgets -o name'), '');
  });
});

const widget = (name: string, field = 'color: red'): string => `
apiVersion: test.example.com/v1
kind: Widget
metadata: { name: ${name} }
spec: { ${field} }
`;

const owned = (uid: string): string => `
apiVersion: v1
kind: ConfigMap
metadata:
  name: widget-owned
  ownerReferences: [{ apiVersion: test.example.com/v1, kind: Widget, name: owner, uid: ${uid} }]
`;

const definition = `
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: { name: widgets.test.example.com }
spec:
  group: test.example.com
  scope: Namespaced
  names: { plural: widgets, kind: Widget, shortNames: [wd], categories: [gadgets] }
  versions:
    - name: v1
      served: true
      storage: true
      schema:
        openAPIV3Schema:
          type: object
          description: Something to try things with.
          properties:
            spec:
              type: object
              properties:
                color: { type: string, enum: [blue, red], description: What it looks like. }
                replicas: { type: integer, default: 1 }
                # more
              x-kubernetes-validations:
                - { rule: self.replicas <= 5, message: at most 5 }
            status:
              type: object
              properties:
                replicas: { type: integer }
      subresources:
        status: {}
        scale: { specReplicasPath: .spec.replicas, statusReplicasPath: .status.replicas }
      selectableFields:
        - jsonPath: .spec.color
      additionalPrinterColumns:
        - { name: Color, type: string, jsonPath: .spec.color }
        - { name: Replicas, type: integer, jsonPath: .spec.replicas }
        - { name: Age, type: date, jsonPath: .metadata.creationTimestamp }
`;
