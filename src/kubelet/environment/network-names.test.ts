import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Pod } from '../../api/core/pod.schema.ts';
import { parseResolverConfig, podDns } from './dns.ts';
import { podHostname } from './hostname.ts';
import { hostNetworkHostsFile, hostsFile } from './hosts-file.ts';
import type { ResolverConfig } from './types.ts';

function pod(spec: Partial<Pod['spec']> = {}, name = 'web-1'): Pod {
  const metadata = {
    name,
    namespace: 'shop',
    uid: 'u',
    resourceVersion: '1',
    creationTimestamp: '2026-01-01T00:00:00Z',
  };
  return { apiVersion: 'v1', kind: 'Pod', metadata, spec: { containers: [], ...spec }, status: {} };
}

describe('podDns', () => {
  const host: ResolverConfig = { servers: ['192.0.2.53'], searches: ['corp.example'], options: ['edns0'] };
  const settings = { clusterDns: ['10.233.0.3'], clusterDomain: 'cluster.local', host };
  const cluster: ResolverConfig = {
    servers: ['10.233.0.3'],
    searches: ['shop.svc.cluster.local', 'svc.cluster.local', 'cluster.local'],
    options: ['ndots:5'],
  };
  const dnsConfig = {
    nameservers: ['192.0.2.1', '192.0.2.1'],
    searches: ['svc.cluster.local', 'own.example'],
    options: [{ name: 'ndots', value: '2' }, { name: 'rotate' }],
  };
  const cases: Record<string, [Partial<Pod['spec']>, ResolverConfig]> = {
    'ClusterFirst, without the host’s search domains': [{ dnsPolicy: 'ClusterFirst' }, cluster],
    'no policy': [{}, cluster],
    'ClusterFirst on the node’s network is the node’s own': [{ dnsPolicy: 'ClusterFirst', hostNetwork: true }, host],
    ClusterFirstWithHostNet: [{ dnsPolicy: 'ClusterFirstWithHostNet', hostNetwork: true }, cluster],
    Default: [{ dnsPolicy: 'Default' }, host],
    None: [
      { dnsPolicy: 'None', dnsConfig },
      { servers: ['192.0.2.1'], searches: ['svc.cluster.local', 'own.example'], options: ['ndots:2', 'rotate'] },
    ],
    'ClusterFirst with a config of its own': [
      { dnsConfig },
      {
        servers: ['10.233.0.3', '192.0.2.1'],
        searches: [...cluster.searches, 'own.example'],
        options: ['ndots:2', 'rotate'],
      },
    ],
  };
  for (const [name, [spec, expected]] of Object.entries(cases)) {
    it(name, () => assert.deepEqual(podDns(pod(spec), settings), { config: expected, warnings: [] }));
  }

  it('cuts at the limits of resolvers, and says so', () => {
    const nameservers = ['192.0.2.1', '192.0.2.2', '192.0.2.3'];
    const searches = Array.from({ length: 40 }, (_, index) => `s${index}.example`);
    const { config, warnings } = podDns(pod({ dnsConfig: { nameservers, searches } }), settings);
    assert.deepEqual(config.servers, ['10.233.0.3', '192.0.2.1', '192.0.2.2']);
    assert.equal(config.searches.length, 32);
    assert.deepEqual(
      warnings.map(({ reason }) => reason),
      ['DNSConfigForming', 'DNSConfigForming'],
    );
    assert.equal(
      warnings[0]?.message,
      'Nameserver limits were exceeded, some nameservers have been omitted, the applied nameserver line is: 10.233.0.3 192.0.2.1 192.0.2.2',
    );
  });

  it('reads resolv.conf', () => {
    const text =
      '# a comment\nnameserver 192.0.2.1\nsearch old.example\nsearch a.example. b.example ; more\noptions ndots:2 rotate\n\n';
    assert.deepEqual(parseResolverConfig(text), {
      servers: ['192.0.2.1'],
      searches: ['a.example', 'b.example'],
      options: ['ndots:2', 'rotate'],
    });
  });
});

describe('podHostname', () => {
  const long = `${'a'.repeat(62)}-tail`;
  const cases: Record<string, [Pod, [hostname: string, domain: string, sandbox: string]]> = {
    'the pod’s name': [pod(), ['web-1', '', 'web-1']],
    'a hostname of its own': [pod({ hostname: 'shop' }), ['shop', '', 'shop']],
    'a subdomain': [pod({ hostname: 'a', subdomain: 'db' }), ['a', 'db.shop.svc.cluster.local', 'a']],
    'the full name as hostname': [
      pod({ hostname: 'a', subdomain: 'db', setHostnameAsFQDN: true }),
      ['a', 'db.shop.svc.cluster.local', 'a.db.shop.svc.cluster.local'],
    ],
    'no full name without a subdomain': [pod({ setHostnameAsFQDN: true }), ['web-1', '', 'web-1']],
    'a long name is cut, without a hyphen at its end': [pod({}, long), ['a'.repeat(62), '', 'a'.repeat(62)]],
    'the node’s network keeps the node’s name': [pod({ hostNetwork: true }), ['web-1', '', '']],
    'an override goes before all': [
      pod({ hostname: 'a', hostnameOverride: 'b.example' }),
      ['b.example', '', 'b.example'],
    ],
  };
  for (const [name, [subject, [hostname, domain, sandboxHostname]]] of Object.entries(cases)) {
    it(name, () => assert.deepEqual(podHostname(subject, 'cluster.local'), { hostname, domain, sandboxHostname }));
  }

  it('refuses a full name that the kernel cannot keep', () => {
    const subject = pod({ hostname: 'a'.repeat(40), subdomain: 'db', setHostnameAsFQDN: true });
    assert.throws(() => podHostname(subject, 'cluster.local'), {
      message:
        /FQDN a+\.db\.shop\.svc\.cluster\.local is too long \(64 characters is the max, 66 characters requested\)$/,
    });
  });
});

describe('hosts file', () => {
  const aliases = [{ ip: '192.0.2.7', hostnames: ['foo.example', 'foo'] }];

  it('names the pod and its aliases', () => {
    const text = hostsFile({ addresses: ['10.233.64.5'], hostname: 'a', domain: 'db.shop.svc.cluster.local', aliases });
    assert.deepEqual(text.split('\n').slice(0, 3), [
      '# Kubernetes-managed hosts file.',
      '127.0.0.1\tlocalhost',
      '::1\tlocalhost ip6-localhost ip6-loopback',
    ]);
    assert.deepEqual(text.split('\n').slice(7), [
      '10.233.64.5\ta.db.shop.svc.cluster.local\ta',
      '',
      '# Entries added by HostAliases.',
      '192.0.2.7\tfoo.example\tfoo',
      '',
    ]);
  });

  it('keeps the node’s own on the node’s network', () => {
    assert.equal(
      hostNetworkHostsFile('127.0.0.1\tlocalhost\n', undefined),
      '# Kubernetes-managed hosts file (host network).\n127.0.0.1\tlocalhost\n',
    );
  });
});
