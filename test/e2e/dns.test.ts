import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { after, before, describe, test } from 'node:test';
import { eventually, run, useCluster, whyNotHere } from './cluster.ts';
import { buildMuslLookup } from './musl-lookup.ts';
import { inPod, podManifest, programs, runAt } from './service-pods.ts';

function hasDig(): boolean {
  try {
    execFileSync('sh', ['-c', 'command -v dig'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}
const skip = whyNotHere() ?? (hasDig() ? false : "needs dig, of Debian's bind9-dnsutils");

// The Kubernetes DNS specification, record by record, asked by dig from a pod's place, and by glibc inside it.
describe('cluster DNS', { skip }, () => {
  const cluster = useCluster();
  const label = 'dns';
  const zone = 'cluster.local';
  let [podIp, serviceIp] = ['', ''];

  before(async () => {
    const server = podManifest({
      label,
      name: 'dns-server',
      node: 'kube-worker-2',
      ports: [8080],
      spec: 'hostname: first\n  subdomain: bare',
    });
    const waiting = podManifest({ label, name: 'dns-waiting', node: 'kube-worker-2' }).replace(
      'app: client',
      'app: waiting',
    );
    const client = podManifest({ label, name: 'dns-client', node: 'kube-worker-1' });
    await cluster.apply(`${programs(label)}${server}${waiting}${client}${services}`);
    await cluster.kubectl(`wait --for=condition=Ready pods -l test=${label} --timeout=60s`);
    podIp = await cluster.jsonpath('get pod dns-server', '{.status.podIP}');
    serviceIp = await cluster.jsonpath('get service web', '{.spec.clusterIP}');
    await eventually('the records', async () => (await dig('first.bare.default.svc', 'A')).answers.length === 1);
  });
  after(() =>
    cluster.kubectl(
      `delete pods,services,endpointslices,configmaps,namespaces -l test=${label} --ignore-not-found --wait=true`,
    ),
  );

  interface Answer {
    readonly status: string;
    readonly flags: string;
    readonly answers: readonly string[];
    readonly authority: readonly string[];
    readonly text: string;
  }
  /** What dig is told: name (the zone is added), type, options. Records come as `name type data`. */
  async function dig(name: string, type: string, ...options: readonly string[]): Promise<Answer> {
    const full = name.endsWith('.') ? name : `${name}.${zone}.`;
    const argv = ['dig', '@10.233.0.3', full, type, '+tries=1', '+time=3', ...options];
    const { stdout } = await run(inPod('dns-client', argv));
    const section = (title: string): string[] => {
      const [, rest = ''] = stdout.split(`;; ${title} SECTION:\n`);
      return (rest.split('\n\n')[0] ?? '')
        .split('\n')
        .filter(Boolean)
        .map((line) => line.replace(/^(\S+)\s+\d+\s+IN\s+(\S+)\s+/, '$1 $2 ').replaceAll(`.${zone}.`, ''))
        .toSorted();
    };
    return {
      status: /status: (\w+)/.exec(stdout)?.[1] ?? stdout,
      flags: /flags: ([\w ]+);/.exec(stdout)?.[1] ?? '',
      answers: section('ANSWER'),
      authority: section('AUTHORITY'),
      text: stdout,
    };
  }
  const reverse = (ip: string): string => `${ip.split('.').toReversed().join('.')}.in-addr.arpa.`;

  test('every record of the specification', async () => {
    const dashed = podIp.replaceAll('.', '-');
    const records: Record<string, readonly string[]> = {
      'dns-version TXT': ['dns-version TXT "1.1.0"'],
      'web.default.svc A': [`web.default.svc A ${serviceIp}`],
      '_http._tcp.web.default.svc SRV': ['_http._tcp.web.default.svc SRV 0 100 80 web.default.svc'],
      [`${reverse(serviceIp)} PTR`]: [`${reverse(serviceIp)} PTR web.default.svc`],
      'bare.default.svc A': [`bare.default.svc A ${podIp}`],
      'first.bare.default.svc A': [`first.bare.default.svc A ${podIp}`],
      '_http._tcp.bare.default.svc SRV': ['_http._tcp.bare.default.svc SRV 0 100 8080 first.bare.default.svc'],
      [`${reverse(podIp)} PTR`]: [
        // As CoreDNS has it, also by the Service that is not headless.
        `${reverse(podIp)} PTR ${dashed}.web.default.svc`,
        `${reverse(podIp)} PTR first.bare.default.svc`,
      ],
      'alias.default.svc A': [`alias.default.svc CNAME web.default.svc`, `web.default.svc A ${serviceIp}`],
      'alias.default.svc CNAME': ['alias.default.svc CNAME web.default.svc'],
      [`${dashed}.default.pod A`]: [`${dashed}.default.pod A ${podIp}`],
    };
    const found: Record<string, readonly string[]> = {};
    for (const question of Object.keys(records)) {
      const [name = '', type = ''] = question.split(' ');
      const { status, flags, answers } = await dig(name, type);
      assert.equal(status, 'NOERROR', question);
      assert.match(flags, /\bqr aa rd ra\b/, question);
      found[question] = answers;
    }
    assert.deepEqual(found, records);
  });

  test('addresses that are not ready: hidden, or shown on demand', async () => {
    const waiting = await cluster.jsonpath('get pod dns-waiting', '{.status.podIP}');
    assert.ok(waiting !== '');
    assert.equal((await dig('hidden.default.svc', 'A')).status, 'NXDOMAIN');
    assert.deepEqual((await dig('shown.default.svc', 'A')).answers, ['shown.default.svc A 192.0.2.77']);
  });

  test("negative answers carry the zone's SOA: for no data, for no such name", async () => {
    const cases: Record<string, string> = {
      'web.default.svc AAAA': 'NOERROR',
      'nobody.default.svc A': 'NXDOMAIN',
      'web.nowhere.svc A': 'NXDOMAIN',
      'default.svc A': 'NOERROR',
      'svc A': 'NOERROR',
      '_other._tcp.web.default.svc SRV': 'NXDOMAIN',
    };
    for (const [question, expected] of Object.entries(cases)) {
      const [name = '', type = ''] = question.split(' ');
      const { status, answers, authority } = await dig(name, type);
      assert.deepEqual([status, answers.length, authority.length], [expected, 0, 1], question);
      assert.match(authority[0] ?? '', /^cluster\.local\. SOA /, question);
    }
  });

  test('a search path is finished in one round trip', async () => {
    const { answers } = await dig('far.dns-far.default.svc', 'A');
    const ip = await cluster.jsonpath('-n dns-far get service far', '{.spec.clusterIP}');
    assert.deepEqual(answers, ['far.dns-far.default.svc CNAME far.dns-far.svc', `far.dns-far.svc A ${ip}`]);
    const { status } = await dig('www.example.org.default.svc', 'A');
    assert.equal(status, 'NXDOMAIN');
  });

  test("answers carry the client's spelling", async () => {
    const { answers, text } = await dig('wEb.DEFAULT.svc', 'A');
    assert.deepEqual(answers, [`wEb.DEFAULT.svc A ${serviceIp}`]);
    assert.match(text, /;wEb\.DEFAULT\.svc\.cluster\.local\./);
  });

  test('what does not fit is cut, and whole over TCP; EDNS makes room', async () => {
    const cut = await dig('crowd.default.svc', 'A', '+noedns', '+ignore');
    assert.match(cut.flags, /\btc\b/);
    assert.ok(cut.answers.length < 60);
    assert.equal((await dig('crowd.default.svc', 'A', '+bufsize=1232', '+ignore')).answers.length, 60);
    assert.equal((await dig('crowd.default.svc', 'A', '+noedns')).answers.length, 60);
    assert.equal((await dig('crowd.default.svc', 'A', '+tcp')).answers.length, 60);
    assert.equal((await dig('web.default.svc', 'A', '+edns=1', '+noednsnegotiation')).status, 'BADVERS');
    assert.match((await dig('web.default.svc', 'A', '+cookie')).text, /EDNS: version: 0, flags:; udp: 1232/);
  });

  test("glibc in the pod finds short names, another namespace's, and says no at once", async () => {
    const find = async (name: string): Promise<string> => {
      const { stdout, exitCode } = await runAt(cluster, 'dns-client', ['getent', 'hosts', name]);
      return exitCode === 2 ? 'none' : (stdout.split(' ')[0] ?? '');
    };
    const far = await cluster.jsonpath('-n dns-far get service far', '{.spec.clusterIP}');
    assert.deepEqual(
      await Promise.all(['web', 'web.default', 'far.dns-far.svc', 'alias', 'nobody', 'www.example.org'].map(find)),
      [serviceIp, serviceIp, far, serviceIp, 'none', 'none'],
    );
  });

  test('musl in the pod finds the same, and takes what fits', async (t) => {
    const lookup = buildMuslLookup();
    if (lookup === undefined) return t.skip("needs musl-gcc, of Debian's musl-tools");
    await cluster.kubectl(
      ['exec', '-i', 'dns-client', '--', 'sh', '-c', 'base64 -d > /tmp/lookup && chmod +x /tmp/lookup'],
      { input: lookup },
    );
    const find = async (family: string, name: string): Promise<readonly string[]> => {
      const { stdout, stderr } = await runAt(cluster, 'dns-client', ['/tmp/lookup', family, name]);
      return (stdout || stderr).trim().split('\n');
    };
    const far = await cluster.jsonpath('-n dns-far get service far', '{.spec.clusterIP}');
    const none = ['Name does not resolve'];
    const expected: Record<string, readonly string[]> = {
      'both web': [serviceIp],
      '4 web.default': [serviceIp],
      'both far.dns-far.svc': [far],
      'both far.dns-far': [far],
      'both alias': [serviceIp],
      '4 first.bare': [podIp],
      '6 web': none,
      'both nobody': none,
      'both www.example.org': none,
      'both web.default.svc.cluster.local.': [serviceIp],
    };
    const found: Record<string, readonly string[]> = {};
    for (const question of Object.keys(expected)) {
      const [family = '', name = ''] = question.split(' ');
      found[question] = await find(family, name);
    }
    assert.deepEqual(found, expected);
    // Before 1.2.4 it has no TCP, and takes what a cut answer holds; later ones take up to 48 addresses.
    const crowd = await find('both', 'crowd');
    assert.ok(crowd.length >= 20 && crowd.every((address) => address.startsWith('192.0.2.')), crowd.join());
  });
});

const crowd = Array.from({ length: 60 }, (_, index) => `{ addresses: [192.0.2.${index + 1}] }`).join(', ');
const services = `
---
apiVersion: v1
kind: Namespace
metadata: { name: dns-far, labels: { test: dns } }
---
apiVersion: v1
kind: Service
metadata: { name: far, namespace: dns-far, labels: { test: dns } }
spec: { ports: [{ port: 80 }] }
---
apiVersion: v1
kind: Service
metadata: { name: web, labels: { test: dns } }
spec: { selector: { app: dns-server }, ports: [{ name: http, port: 80, targetPort: 8080 }] }
---
apiVersion: v1
kind: Service
metadata: { name: bare, labels: { test: dns } }
spec: { clusterIP: None, selector: { app: dns-server }, ports: [{ name: http, port: 8080 }] }
---
apiVersion: v1
kind: Service
metadata: { name: alias, labels: { test: dns } }
spec: { type: ExternalName, externalName: web.default.svc.cluster.local }
---
apiVersion: v1
kind: Service
metadata: { name: hidden, labels: { test: dns } }
spec: { clusterIP: None, ports: [{ port: 80 }] }
---
apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata: { name: hidden, labels: { test: dns, kubernetes.io/service-name: hidden } }
addressType: IPv4
ports: [{ name: "", port: 80 }]
endpoints: [{ addresses: [192.0.2.76], conditions: { ready: false } }]
---
apiVersion: v1
kind: Service
metadata: { name: shown, labels: { test: dns } }
spec: { clusterIP: None, publishNotReadyAddresses: true, ports: [{ port: 80 }] }
---
apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata: { name: shown, labels: { test: dns, kubernetes.io/service-name: shown } }
addressType: IPv4
ports: [{ name: "", port: 80 }]
endpoints: [{ addresses: [192.0.2.77], conditions: { ready: true, serving: false } }]
---
apiVersion: v1
kind: Service
metadata: { name: crowd, labels: { test: dns } }
spec: { clusterIP: None, ports: [{ port: 80 }] }
---
apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata: { name: crowd, labels: { test: dns, kubernetes.io/service-name: crowd } }
addressType: IPv4
ports: [{ name: "", port: 80 }]
endpoints: [${crowd}]
`;
