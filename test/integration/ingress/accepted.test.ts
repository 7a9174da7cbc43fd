import { writeFile, rm } from 'node:fs/promises';
import { after, before, describe, test } from 'node:test';
import fc from 'fast-check';
import type { Ingress } from '../../../src/api/networking/ingress.schema.ts';
import { prepareNginx } from '../../../src/ingress/ingress.ts';
import { testConfiguration } from '../../../src/ingress/nginx/nginx-test.ts';
import { renderNginx } from '../../../src/ingress/nginx/render.ts';
import { findSettings, nginxFiles } from '../../../src/ingress/nginx/settings.ts';
import { planRoutes } from '../../../src/ingress/plan/routes.ts';
import { testIngress, testPath } from '../../../src/ingress/testing/objects.ts';
import { freePort, nginxDirectory, whyNotHere } from './machine.ts';

const skip = whyNotHere() ?? false;
let directory = '';
let accepted: (...ingresses: readonly Ingress[]) => Promise<void>;

describe('what the plan lets through', { skip }, () => {
  before(async () => {
    directory = await nginxDirectory('t-ingress-accepted');
    const options = {
      directory,
      httpPort: await freePort(),
      httpsPort: await freePort(),
      listenAddress: '127.0.0.1',
      dnsServers: ['127.0.0.1'],
    };
    await prepareNginx(options);
    const settings = await findSettings(options);
    const files = nginxFiles(directory);
    const certificateFile = (): string => files.defaultCertificate;
    const externalName = (_: string, service: string) => (service === 'outside' ? 'api.example.com' : undefined);
    accepted = async (...objects) => {
      const { table } = planRoutes(objects, { certificate: () => ({ problem: 'no' }), externalName });
      const { text } = renderNginx({ table, settings, balancer: 'cox', certificateFile });
      await writeFile(files.candidate, text);
      await testConfiguration(directory, files.candidate);
    };
  });
  after(() => rm(directory, { recursive: true, force: true }));

  test('nginx takes every path and host that parses', { skip }, async () => {
    const segment = fc.string({
      unit: fc.oneof(
        fc.constantFrom('"', '\\', '{', '}', ';', '$', '~', '^', '|', ' ', '#', "'"),
        fc.string({ unit: 'grapheme', minLength: 1, maxLength: 1 }),
      ),
    });
    const path = fc
      .array(segment, { maxLength: 4 })
      .map((segments) => `/${segments.map((one) => encodeURIComponent(one.toWellFormed())).join('/')}`);
    const sample = fc.sample(path, { numRuns: 400, seed: 1 });
    const long = `/${'x'.repeat(700)}/${'y'.repeat(700)}`;
    const paths = [...sample, long, `${long}z`].map((text, index) =>
      testPath(text, 'a', index % 3 === 0 ? 'Exact' : 'Prefix'),
    );
    const longHost = `${'a'.repeat(60)}.`.repeat(4).slice(0, 240);
    await accepted(
      testIngress('a', { host: 'h.io', paths }),
      testIngress('b', { host: longHost.replace(/\.$/, ''), paths: [testPath('/', 'a')] }),
      testIngress('c', { host: '*.h.io', paths }),
      // Patterns elsewhere in the host turn these paths into expressions.
      testIngress('d', { host: 'i.io', paths }),
      testIngress('e', { host: 'i.io', paths: [testPath('/p(.*)', 'a')], annotations: { 'use-regex': 'true' } }),
    );
  });

  test('nginx takes every setting', { skip }, async () => {
    const common = {
      'app-root': '/a b$c',
      'proxy-body-size': '8m',
      'proxy-connect-timeout': '1',
      'proxy-read-timeout': '2',
      'proxy-send-timeout': '3',
      'enable-cors': 'true',
      'cors-allow-origin': 'https://a.io,app://*.b.io:8080',
      'cors-expose-headers': 'X-A',
      'whitelist-source-range': '10.0.0.0/8,2001:db8::/32',
      'denylist-source-range': '10.1.0.0/16',
      'upstream-vhost': 'v.io:8080',
      'default-backend': 'spare',
      'force-ssl-redirect': 'true',
    };
    const protocols = ['HTTP', 'HTTPS', 'GRPC', 'GRPCS', 'AUTO_HTTP'].map((protocol, index) =>
      testIngress(protocol.toLowerCase(), {
        host: `${index}.io`,
        paths: [testPath('/x(/|$)(.*)', 'a'), testPath('/y', 'outside')],
        annotations: { ...common, 'backend-protocol': protocol, 'rewrite-target': '/$2' },
        spec: { defaultBackend: { service: { name: 'd', port: { number: 80 } } } },
      }),
    );
    const redirect = { 'permanent-redirect': 'https://$host/x?$args', 'permanent-redirect-code': '307' };
    await accepted(
      ...protocols,
      testIngress('r', { host: 'r.io', paths: [testPath('/', 'a')], annotations: redirect }),
    );
  });
});
