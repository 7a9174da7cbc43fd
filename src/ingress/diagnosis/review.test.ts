import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Secret } from '../../api/core/secret.schema.ts';
import type { Service } from '../../api/core/service.schema.ts';
import type { EndpointSlice } from '../../api/discovery/endpoint-slice.schema.ts';
import type { Ingress } from '../../api/networking/ingress.schema.ts';
import { ingressObjects } from '../plan/class.ts';
import { testIngress, testPath, testSecret, testService, testSlice } from '../testing/objects.ts';
import { reviewIngress } from './review.ts';

const nowMs = Date.now();
const services: Record<string, Service> = {
  'default/web': testService('web'),
  'default/empty': testService('empty', { selector: { app: 'empty' } }),
  'default/waiting': testService('waiting', { selector: { app: 'waiting' } }),
  'default/udp': testService('udp', { ports: [{ name: 'dns', port: 53, protocol: 'UDP' }] }),
};
const fresh = testService('fresh');
services['default/fresh'] = {
  ...fresh,
  metadata: { ...fresh.metadata, creationTimestamp: new Date(nowMs - 1000).toISOString() },
};
const slices: Record<string, readonly EndpointSlice[]> = {
  'default/web': [testSlice('web', 80, ['10.0.0.1'])],
  'default/waiting': [testSlice('waiting', 80, [['10.0.0.2', { ready: false }]])],
};
const good = testSecret('good');
const secrets: Record<string, Secret> = {
  'default/good': good,
  'default/bad': { ...good, data: { 'tls.crt': 'bm90aGluZw==', 'tls.key': good.data?.['tls.key'] ?? '' } },
  'default/mixed': { ...good, data: { ...good.data, 'tls.key': testSecret('x').data?.['tls.key'] ?? '' } },
};
const older = testIngress('older', { host: 'a.io', paths: [testPath('/x', 'web')], created: '2020-01-01T00:00:00Z' });
const [nginx] = ingressObjects();
const classes = nginx === undefined ? [] : [{ ...nginx, metadata: { ...nginx.metadata, uid: 'class' } }];

function review(ingress: Ingress, at = nowMs): readonly string[] {
  return reviewIngress(ingress, {
    ingresses: [older],
    classes: classes as Parameters<typeof reviewIngress>[1]['classes'],
    service: (key) => services[key],
    slices: (key) => slices[key] ?? [],
    secret: (key) => secrets[key],
    nowMs: at,
  });
}

const to = (backend: string, path = '/'): Ingress =>
  testIngress('new', { host: 'a.io', paths: [testPath(path, backend)] });
const withTls = (secretName: string, host = 'ingress.local'): Ingress =>
  testIngress('new', { host, paths: [testPath('/', 'web')], spec: { tls: [{ hosts: [host], secretName }] } });
const years = 5 * 365 * 24 * 3_600_000;

const cases: Record<string, readonly [Ingress, readonly (string | RegExp)[], number?]> = {
  'all is well': [to('web'), []],
  'no such class': [
    testIngress('new', { spec: { ingressClassName: 'none' } }),
    ['IngressClass "none" does not exist (there is nginx), so nothing serves this Ingress'],
  ],
  'no such Service': [to('nobody'), ['Service default/nobody does not exist, so its paths answer 503']],
  'no such port': [to('web:8080'), ['Service default/web has no TCP port 8080 (it has 80), so its paths answer 503']],
  'no such named port': [
    to('udp:dns'),
    ['Service default/udp has no TCP port "dns" (it has 53 "dns"/UDP), so its paths answer 503'],
  ],
  'no pods': [
    to('empty'),
    ['Service default/empty has no endpoint: no running pod has the labels app=empty, so its paths answer 503'],
  ],
  'no ready pods': [
    to('waiting'),
    ['Service default/waiting has no ready endpoint: none of its pods is ready, so its paths answer 503'],
  ],
  'a Service that has just been made': [to('fresh'), []],
  'a path that is taken': [
    to('web', '/x'),
    ['path "/x" of host "a.io" is ignored: it is already defined in the older Ingress default/older'],
  ],
  'an unknown annotation': [
    testIngress('new', { host: 'b.io', paths: [testPath('/', 'web')], annotations: { 'no-such-thing': 'x' } }),
    [/^annotation nginx.ingress.kubernetes.io\/no-such-thing is not supported/],
  ],
  'a value out of form': [
    testIngress('new', { host: 'b.io', paths: [testPath('/', 'web')], annotations: { 'proxy-body-size': 'big' } }),
    [/proxy-body-size: "big" is not valid, expected a size/],
  ],
  'a good certificate': [withTls('good'), []],
  'no such Secret': [withTls('gone'), ['Secret default/gone does not exist; its hosts show the default certificate']],
  'no PEM': [withTls('bad'), [/^Secret default\/bad holds no certificate in tls.crt/]],
  'a key that does not match': [withTls('mixed'), [/^Secret default\/mixed holds a key that is not the key of its/]],
  'a host that the certificate is not for': [
    withTls('good', 'other.io'),
    ['Secret default/good holds a certificate that is not for host "other.io"; clients of that host refuse it'],
  ],
  'a certificate that has expired': [withTls('good'), [/^Secret default\/good .*that expired at/], nowMs + years],
};

for (const [name, [ingress, expected, at]] of Object.entries(cases)) {
  test(`review: ${name}`, () => {
    const said = review(ingress, at);
    assert.equal(said.length, expected.length, said.join('\n'));
    for (const [index, text] of said.entries()) {
      const wanted = expected[index] ?? '';
      if (typeof wanted === 'string') assert.equal(text, wanted);
      else assert.match(text, wanted);
    }
  });
}
