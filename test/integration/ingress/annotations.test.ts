import assert from 'node:assert/strict';
import { rm } from 'node:fs/promises';
import { after, before, describe, test } from 'node:test';
import { endpointSlices, events, ingressClasses, ingresses, secrets, services } from '../../../src/api/resources.ts';
import { createFakeClient } from '../../../src/client/testing/fake-client.ts';
import { ingressObjects, prepareNginx } from '../../../src/ingress/ingress.ts';
import { supportedAnnotations } from '../../../src/ingress/plan/annotations/supported.ts';
import { testIngress, testPath, testSecret, testService, testSlice } from '../../../src/ingress/testing/objects.ts';
import type { AnnotationCase, Wire } from './annotation-cases.ts';
import { annotationCases } from './annotation-cases.ts';
import { brokenRestrictions } from './broken-restrictions.ts';
import { startAnnotationBackends } from './annotation-backends.ts';
import { ask, Backends, freePort, nginxDirectory, Supervised, until, whyNotHere } from './machine.ts';
import type { RunningController } from './controller.ts';
import { runController } from './controller.ts';

const skip = whyNotHere() ?? false;
const client = createFakeClient();
const resolver = new Backends();
let directory = '';
let nginx: Supervised | undefined;
let backends: Awaited<ReturnType<typeof startAnnotationBackends>> | undefined;
let controller: RunningController | undefined;
let ports = { http: 0, https: 0 };

const labelOf = (name: string): string =>
  name
    .toLowerCase()
    .match(/[a-z0-9]+/g)
    ?.join('-')
    .slice(0, 60)
    .replace(/-$/, '') ?? '';
const hostOf = (name: string): string => `${labelOf(name)}.example.com`;

function seed(name: string, one: Omit<AnnotationCase, 'check'>, servicePort: number): void {
  const host = hostOf(name);
  const annotations = Object.fromEntries(
    Object.entries(one.annotations).map(([key, text]) => [key, text.replaceAll('PORT', String(servicePort))]),
  );
  const spec = {
    ...(one.tls === true ? { tls: [{ hosts: [host], secretName: 'tls' }] } : {}),
    rules: [{ host, http: { paths: one.paths ?? [testPath('/', 'a')] } }],
  };
  client.seed(ingresses, testIngress(labelOf(name), { annotations, spec }));
  for (const [other, more] of Object.entries(one.also ?? {})) {
    const paths = more.paths ?? [testPath('/', 'b')];
    const rules = [{ host: more.host ?? host, http: { paths } }];
    client.seed(
      ingresses,
      testIngress(other, { annotations: more.annotations, spec: { rules }, created: '2024-02-01T00:00:00Z' }),
    );
  }
}

function wireOf(name: string, one: AnnotationCase): Wire {
  const { tls = false } = one;
  const port = (secure: boolean): number => (secure ? ports.https : ports.http);
  return {
    ports,
    host: hostOf(name),
    get: (path = '/', options = {}) => {
      const secure = options.tls ?? tls;
      return ask({ host: hostOf(name), path, port: port(secure), tls: secure, ...options });
    },
  };
}

describe('Ingress annotations over the wire', { skip }, () => {
  before(async () => {
    directory = await nginxDirectory('t-annotations');
    ports = { http: await freePort(), https: await freePort() };
    const options = { directory, httpPort: ports.http, httpsPort: ports.https, listenAddress: '127.0.0.1' };
    const dnsPort = await resolver.resolve('127.0.8.1');
    await prepareNginx(options);
    nginx = new Supervised(directory);
    nginx.start();
    backends = await startAnnotationBackends();
    for (const object of ingressObjects()) client.seed(ingressClasses, object);
    client.seed(secrets, testSecret('tls'));
    for (const secret of backends.secrets) client.seed(secrets, secret);
    for (const [service, { port, addresses, clusterIP }] of Object.entries(backends.services)) {
      client.seed(
        services,
        testService(service, clusterIP === undefined ? {} : { clusterIP, ports: [{ name: 'web', port }] }),
      );
      client.seed(
        endpointSlices,
        testSlice(service, port, addresses, clusterIP === undefined ? {} : { portName: 'web' }),
      );
    }
    for (const [name, one] of Object.entries(annotationCases)) seed(name, one, backends.port);
    for (const [name, annotations] of Object.entries(brokenRestrictions)) seed(`no ${name}`, { annotations }, 1);
    controller = await runController({ ...options, client, dnsServers: [`127.0.0.1:${dnsPort}`] });
  });

  after(async () => {
    await controller?.stop();
    await nginx?.stop();
    await backends?.close();
    await resolver.close();
    await rm(directory, { recursive: true, force: true });
    if (process.env['LOG'] !== undefined) console.log(nginx?.output);
  });

  test('every supported annotation has a case here', { skip }, () => {
    const cases = Object.values(annotationCases);
    const named = cases.flatMap(({ annotations, also = {} }) => [
      ...Object.keys(annotations),
      ...Object.values(also).flatMap((more) => Object.keys(more.annotations)),
    ]);
    assert.deepEqual(
      Object.keys(supportedAnnotations).filter((name) => !named.includes(name)),
      [],
    );
  });

  for (const [name, one] of Object.entries(annotationCases)) {
    test(name, { skip }, () => one.check(wireOf(name, one)));
  }

  for (const name of Object.keys(brokenRestrictions)) {
    test(`answers 503, and says why: ${name}`, { skip }, async () => {
      const { status } = await ask({ host: hostOf(`no ${name}`), port: ports.http });
      assert.equal(status, 503);
      const [annotation = ''] = name.split(' ');
      const isTold = (): boolean =>
        client
          .all(events)
          .some(
            ({ type, involvedObject, message }) =>
              type === 'Warning' &&
              involvedObject.name === labelOf(`no ${name}`) &&
              message?.includes(`nginx.ingress.kubernetes.io/${annotation}`) === true,
          );
      await until(async () => isTold(), 20_000);
    });
  }
});
