import assert from 'node:assert/strict';
import { rm } from 'node:fs/promises';
import { after, before, describe, test } from 'node:test';
import { endpointSlices, events, ingressClasses, ingresses, services } from '../../../src/api/resources.ts';
import { createFakeClient } from '../../../src/client/testing/fake-client.ts';
import { ingressObjects, prepareNginx } from '../../../src/ingress/ingress.ts';
import { testIngress, testPath, testService, testSlice } from '../../../src/ingress/testing/objects.ts';
import { ask, Backends, freePort, nginxDirectory, Supervised, until, whyNotHere } from './machine.ts';
import type { RunningController } from './controller.ts';
import { runController } from './controller.ts';

const skip = whyNotHere() ?? false;
const client = createFakeClient();
const backends = new Backends();
let directory = '';
let nginx: Supervised;
let port = 0;
let controller: RunningController | undefined;

/** A path that is asked for, what answers by the specification, and what answers as ingress-nginx would. */
const cases: Readonly<Record<string, readonly [host: string, path: string, string, string]>> = {
  'an expression is a prefix': ['mixed.example.com', '/items/7/more', 'a', 'a'],
  'an expression ignores case': ['mixed.example.com', '/ITEMS/7', 'a', 'a'],
  'an expression makes expressions of the Exact paths of other Ingresses': [
    'mixed.example.com',
    '/exact/more',
    '404',
    'b',
  ],
  'and these ignore case': ['mixed.example.com', '/EXACT', '404', 'b'],
  'and of their prefixes, which no longer end with an element': ['mixed.example.com', '/prefixed', '404', 'c'],
  'rewrite-target does, too': ['rewritten.example.com', '/exact/more', '404', 'b'],
  'other hosts are left alone': ['plain.example.com', '/exact/more', '404', '404'],
  'a prefix with a slash at its end': ['plain.example.com', '/slash', 'b', '301 http://plain.example.com/slash/'],
  'keeps the query': ['plain.example.com', '/slash?x=1', 'b', '301 http://plain.example.com/slash/?x=1'],
  'and takes what is under it': ['plain.example.com', '/slash/x', 'b', 'b'],
  'an Exact path with a slash at its end': ['plain.example.com', '/only', '404', '301 http://plain.example.com/only/'],
  'takes itself alone': ['plain.example.com', '/only/x', '404', '404'],
  'no redirect where somebody has the path': ['plain.example.com', '/both', 'a', 'a'],
  'URLs are normalised': ['plain.example.com', '/x/..//exact', 'b', 'b'],
};

describe('paths, by the specification and as ingress-nginx reads them', { skip }, () => {
  before(async () => {
    directory = await nginxDirectory('t-ingress-paths');
    const [http, https, backend] = [await freePort(), await freePort(), await freePort()];
    port = http;
    const options = { directory, httpPort: http, httpsPort: https, listenAddress: '127.0.0.1' };
    await prepareNginx(options);
    nginx = new Supervised(directory);
    nginx.start();
    for (const object of ingressObjects()) client.seed(ingressClasses, object);
    for (const [index, name] of ['a', 'b', 'c'].entries()) {
      await backends.serve(name, `127.0.7.${index + 1}`, backend);
      client.seed(services, testService(name));
      client.seed(endpointSlices, testSlice(name, backend, [`127.0.7.${index + 1}`]));
    }
    const regex = { 'use-regex': 'true' };
    for (const object of [
      testIngress('mixed-a', {
        host: 'mixed.example.com',
        annotations: regex,
        paths: [testPath('/items/[0-9]+', 'a', 'ImplementationSpecific')],
      }),
      testIngress('mixed-b', {
        host: 'mixed.example.com',
        paths: [testPath('/exact', 'b', 'Exact'), testPath('/prefix', 'c')],
      }),
      testIngress('rewritten-a', {
        host: 'rewritten.example.com',
        annotations: { 'rewrite-target': '/$1' },
        paths: [testPath('/to/(.*)', 'a', 'ImplementationSpecific')],
      }),
      testIngress('rewritten-b', { host: 'rewritten.example.com', paths: [testPath('/exact', 'b', 'Exact')] }),
      testIngress('plain', {
        host: 'plain.example.com',
        paths: [
          testPath('/exact', 'b', 'Exact'),
          testPath('/slash/', 'b'),
          testPath('/only/', 'b', 'Exact'),
          testPath('/both/', 'b', 'Exact'),
        ],
      }),
      testIngress('both', { host: 'plain.example.com', paths: [testPath('/both', 'a')] }),
    ])
      client.seed(ingresses, object);
    controller = await runController({ ...options, client });
  });
  after(async () => {
    await controller?.stop();
    await nginx.stop();
    await backends.close();
    await rm(directory, { recursive: true, force: true });
  });

  const answer = async (host: string, path: string): Promise<string> => {
    const { status, said, headers } = await ask({ port, host, path });
    return said.name ?? [status, headers.location].filter((word) => word !== undefined).join(' ');
  };
  const setHandling = (name: string): void => {
    for (const object of ingressObjects()) {
      const parameters = { apiGroup: 'ingress.coxswain', kind: 'PathHandling', name, scope: 'Cluster' };
      client.seed(ingressClasses, { ...object, spec: { ...object.spec, parameters } });
    }
  };

  for (const [name, [host, path, expected]] of Object.entries(cases))
    test(`by the specification: ${name}`, async () => assert.equal(await answer(host, path), expected));

  test('the parameters of the class change that', async () => {
    setHandling('ingress-nginx');
    await until(async () => (await answer('mixed.example.com', '/exact/more')) === 'b');
  });

  for (const [name, [host, path, , expected]] of Object.entries(cases))
    test(`as ingress-nginx: ${name}`, async () => assert.equal(await answer(host, path), expected));

  test('other parameters are told, and change nothing', async () => {
    setHandling('haproxy');
    await until(async () => (await answer('mixed.example.com', '/exact/more')) === '404');
    await until(async () =>
      client
        .all(events)
        .some(
          ({ involvedObject, message }) =>
            involvedObject.kind === 'IngressClass' && message?.startsWith('spec.parameters has no effect'),
        ),
    );
  });
});
