import assert from 'node:assert/strict';
import { once } from 'node:events';
import { PassThrough } from 'node:stream';
import { after, before, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ConfigMap } from '../../src/api/core/config-map.schema.ts';
import { eventually, whyNotHere } from '../e2e/cluster.ts';
import type { ClientNode, CoreApi, ExecStatus, KubeConfig, LeaseApi } from './client-node.ts';
import { findClientNode } from './client-node.ts';
import { useClientsCluster } from './clients-cluster.ts';

const namespace = 'client-node';
const library = whyNotHere() ?? (await findClientNode());
const missing = typeof library === 'string' ? library : false;

/** What a stream gives, as text, so far. */
class Output extends PassThrough {
  text = '';

  constructor() {
    super();
    // The library breaks off what is stopped by an error.
    this.on('error', () => {});
    this.on('data', (chunk: Buffer) => {
      this.text += chunk.toString();
    });
  }

  holds(part: string, timeoutMs = 15_000): Promise<true> {
    const check = (): Promise<true | undefined> => Promise.resolve(this.text.includes(part) || undefined);
    return eventually(`output with ${JSON.stringify(part)}, got ${JSON.stringify(this.text)}`, check, timeoutMs);
  }
}

function configMap(name: string, data: Readonly<Record<string, string>>, labels = {}): object {
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, namespace, labels }, data };
}

// What the JavaScript client does, from typed calls to streams; it is the one that neither speaks Go nor HTTP/2.
describe('@kubernetes/client-node', { skip: missing }, () => {
  const cluster = useClientsCluster();
  const k8s = library as ClientNode;
  let config: KubeConfig;
  let core: CoreApi;

  before(async () => {
    config = new k8s.KubeConfig();
    config.loadFromFile(cluster.kubeconfig);
    core = config.makeApiClient(k8s.CoreV1Api);
    await cluster.tryKubectl(['delete', 'namespace', namespace, '--ignore-not-found', '--wait']);
    await core.createNamespace({ body: { metadata: { name: namespace } } });
    await eventually('the service account', async () => {
      const { exitCode } = await cluster.tryKubectl(['get', '-n', namespace, 'serviceaccount', 'default']);
      return exitCode === 0;
    });
  });
  after(() => core.deleteNamespace({ name: namespace }));

  it('creates, reads, lists, replaces and deletes', async () => {
    const name = 'crud';
    const created = await core.createNamespacedConfigMap({
      namespace,
      body: configMap(name, { a: '1' }, { of: 'crud' }),
    });
    assert.ok(Number(created.metadata.resourceVersion) > 0);
    const read = await core.readNamespacedConfigMap({ name, namespace });
    assert.deepEqual(read.data, { a: '1' });
    await core.replaceNamespacedConfigMap({ name, namespace, body: { ...read, data: { a: '2' } } });
    const stale = core.replaceNamespacedConfigMap({ name, namespace, body: { ...read, data: { a: '3' } } });
    await assert.rejects(stale, { code: 409 });
    const { items } = await core.listNamespacedConfigMap({ namespace, labelSelector: 'of=crud' });
    assert.deepEqual(
      items.map(({ data }) => data),
      [{ a: '2' }],
    );
    await core.deleteNamespacedConfigMap({ name, namespace });
    await assert.rejects(core.readNamespacedConfigMap({ name, namespace }), { code: 404 });
  });

  it('lists in pages, and deletes what it selects', async () => {
    for (const index of [1, 2, 3, 4, 5]) {
      await core.createNamespacedConfigMap({ namespace, body: configMap(`page-${index}`, {}, { of: 'pages' }) });
    }
    const query = { namespace, labelSelector: 'of=pages', limit: 2 };
    const names: string[] = [];
    let token: string | undefined;
    do {
      const page = await core.listNamespacedConfigMap(token === undefined ? query : { ...query, _continue: token });
      names.push(...page.items.map(({ metadata }) => metadata.name ?? ''));
      token = page.metadata._continue;
    } while (token !== undefined);
    assert.deepEqual(names, ['page-1', 'page-2', 'page-3', 'page-4', 'page-5']);
    await core.deleteCollectionNamespacedConfigMap({ namespace, labelSelector: 'of=pages' });
    assert.equal((await core.listNamespacedConfigMap(query)).items.length, 0);
  });

  it('knows every kind by discovery', async () => {
    const objects = k8s.KubernetesObjectApi.makeApiClient(config);
    const object = configMap('dynamic', { a: '1' });
    await objects.create(object);
    assert.deepEqual(((await objects.read(object)) as ConfigMap).data, { a: '1' });
    await objects.delete(object);
    await assert.rejects(objects.read(object), { code: 404 });
  });

  it('patches in four ways', async () => {
    const name = 'patched';
    const { PatchStrategy } = k8s;
    await core.createNamespacedConfigMap({ namespace, body: configMap(name, { a: '1' }) });
    const patch = async (strategy: string, body: object, more = {}): Promise<ConfigMap['data']> => {
      const options = k8s.setHeaderOptions('Content-Type', strategy);
      return (await core.patchNamespacedConfigMap({ name, namespace, body, ...more }, options)).data;
    };
    const add = [{ op: 'add', path: '/data/b', value: '2' }];
    assert.deepEqual(await patch(PatchStrategy.JsonPatch, add), { a: '1', b: '2' });
    assert.deepEqual(await patch(PatchStrategy.MergePatch, { data: { a: null } }), { b: '2' });
    const strategic = { data: { $patch: 'replace', c: '3' } };
    assert.deepEqual(await patch(PatchStrategy.StrategicMergePatch, strategic), { c: '3' });
    const applied = configMap(name, { d: '4' });
    const own = { fieldManager: 'client-node' };
    assert.deepEqual(await patch(PatchStrategy.ServerSideApply, applied, own), { c: '3', d: '4' });
    await assert.rejects(patch(PatchStrategy.ServerSideApply, configMap(name, { c: '4' }), own), { code: 409 });
    const forced = await patch(PatchStrategy.ServerSideApply, configMap(name, { c: '4' }), { ...own, force: true });
    assert.deepEqual(forced, { c: '4' });
  });

  it('scales a Deployment', async () => {
    const apps = config.makeApiClient(k8s.AppsV1Api);
    const labels = { app: 'scaled' };
    const template = { metadata: { labels }, spec: { containers: [{ name: 'a', image: 'python:3.10' }] } };
    const body = { metadata: { name: 'scaled' }, spec: { replicas: 0, selector: { matchLabels: labels }, template } };
    await apps.createNamespacedDeployment({ namespace, body });
    const scale = await apps.readNamespacedDeploymentScale({ name: 'scaled', namespace });
    assert.equal(scale.spec?.replicas ?? 0, 0);
    const paused = { spec: { paused: true } };
    const options = k8s.setHeaderOptions('Content-Type', k8s.PatchStrategy.MergePatch);
    await apps.patchNamespacedDeployment({ name: 'scaled', namespace, body: paused }, options);
    const wanted = { ...scale, spec: { replicas: 2 } };
    await apps.replaceNamespacedDeploymentScale({
      name: 'scaled',
      namespace,
      body: { ...wanted, metadata: { name: 'scaled', namespace } },
    });
    assert.equal((await apps.readNamespacedDeployment({ name: 'scaled', namespace })).spec.replicas, 2);
  });

  it('watches', async () => {
    const events: string[] = [];
    const watch = new k8s.Watch(config);
    const ended = Promise.withResolvers<unknown>();
    const path = `/api/v1/namespaces/${namespace}/configmaps`;
    const query = { labelSelector: 'of=watch', allowWatchBookmarks: true };
    const request = await watch.watch(
      path,
      query,
      (type, { metadata }) => events.push(`${type} ${metadata.name}`),
      ended.resolve,
    );
    const object = configMap('watched', {}, { of: 'watch' });
    await core.createNamespacedConfigMap({ namespace, body: object });
    await core.replaceNamespacedConfigMap({ name: 'watched', namespace, body: { ...object, data: { a: '1' } } });
    await core.deleteNamespacedConfigMap({ name: 'watched', namespace });
    await eventually('three events', () => Promise.resolve(events.length >= 3));
    assert.deepEqual(events.slice(0, 3), ['ADDED watched', 'MODIFIED watched', 'DELETED watched']);
    request.abort();
    await ended.promise;
  });

  it('elects one leader at a time by a Lease, and another when the first one is silent', async () => {
    const leases = config.makeApiClient(k8s.CoordinationV1Api);
    const rounds = 40;
    const candidates = ['one', 'two', 'three'].map((identity) => new Candidate(leases, identity));
    const [first] = candidates;
    assert.ok(first !== undefined);
    await first.tryToLead();
    assert.equal(first.leads, true);
    const held: string[] = [];
    for (let round = 0; round < rounds; round++) {
      // After a while the first leader falls silent.
      const awake = round < rounds / 2 ? candidates : candidates.slice(1);
      await Promise.all(awake.map((candidate) => candidate.tryToLead()));
      const leaders = candidates.filter(({ leads }) => leads);
      assert.ok(leaders.length <= 1, leaders.map(({ identity }) => identity).join());
      held.push(leaders[0]?.identity ?? '');
      await sleep(100);
    }
    const { spec } = await leases.readNamespacedLease({ name: 'leader', namespace });
    assert.deepEqual(new Set(held.slice(0, rounds / 2)), new Set(['one']));
    assert.notEqual(spec?.holderIdentity, 'one');
    assert.equal(spec?.leaseTransitions, 1);
  });

  describe('a pod', () => {
    const pod = 'shell';
    const container = 'shell';

    before(async () => {
      const script = 'echo ready; while read line; do echo "got $line"; [ "$line" = bye ] && exit 0; done';
      const shell = { name: container, image: 'python:3.10', command: ['bash', '-c', script], stdin: true };
      const readinessProbe = { tcpSocket: { port: 8000 }, periodSeconds: 1 };
      const web = {
        name: 'web',
        image: 'python:3.10',
        command: ['python3', '-m', 'http.server', '8000'],
        readinessProbe,
      };
      const spec = { restartPolicy: 'Never', terminationGracePeriodSeconds: 1, containers: [shell, web] };
      await core.createNamespacedPod({ namespace, body: { metadata: { name: pod }, spec } });
      await eventually('both containers', async () => {
        const { status } = await core.readNamespacedPod({ name: pod, namespace });
        return status?.containerStatuses?.length === 2 && status.containerStatuses.every(({ ready }) => ready);
      });
    });

    const run = async (command: readonly string[], input?: string) => {
      const [stdout, stderr] = [new Output(), new Output()];
      const stdin = input === undefined ? null : new PassThrough();
      const ended = Promise.withResolvers<ExecStatus>();
      const exec = new k8s.Exec(config);
      await exec.exec(namespace, pod, container, command, stdout, stderr, stdin, false, ended.resolve);
      stdin?.end(input);
      const status = await ended.promise;
      return { stdout: stdout.text, stderr: stderr.text, status };
    };

    it('runs commands, with their input, both outputs and exit code', async () => {
      const echo = await run(['bash', '-c', 'echo out; echo err >&2']);
      assert.deepEqual([echo.stdout, echo.stderr, echo.status.status], ['out\n', 'err\n', 'Success']);
      const failed = await run(['bash', '-c', 'exit 7']);
      assert.equal(failed.status.reason, 'NonZeroExitCode');
      assert.deepEqual(failed.status.details?.causes, [{ reason: 'ExitCode', message: '7' }]);
      const text = 'line\n'.repeat(20_000);
      assert.equal((await run(['cat'], text)).stdout.length, text.length);
    });

    it('gives a terminal', async () => {
      const stdout = new Output();
      const stdin = new PassThrough();
      const ended = Promise.withResolvers<ExecStatus>();
      const exec = new k8s.Exec(config);
      await exec.exec(namespace, pod, container, ['bash', '--norc'], stdout, null, stdin, true, ended.resolve);
      stdin.write('test -t 0 && echo a terminal\n');
      await stdout.holds('\r\na terminal');
      stdin.write('exit\n');
      assert.equal((await ended.promise).status, 'Success');
    });

    it('is reached through a forwarded port', async () => {
      const forward = new k8s.PortForward(config);
      const [output, errors, input] = [new Output(), new Output(), new PassThrough()];
      const socket = await forward.portForward(namespace, pod, [8000], output, errors, input);
      input.write('GET / HTTP/1.0\r\n\r\n');
      await output.holds('Directory listing');
      assert.match(output.text, /^HTTP\/1\.0 200 OK/);
      assert.equal(errors.text, '');
      socket.close();
    });

    it('shows what it prints, now and later, to its end', async () => {
      await assert.rejects(core.readNamespacedPodLog({ name: pod, namespace }), { code: 400 });
      const output = new Output();
      const log = new k8s.Log(config);
      await log.log(namespace, pod, container, output, { follow: true });
      await output.holds('ready');
      const attached = new Output();
      const stdin = new PassThrough();
      const socket = await new k8s.Attach(config).attach(namespace, pod, container, attached, null, stdin, false);
      stdin.write('hello\n');
      await attached.holds('got hello');
      await output.holds('got hello');
      // The end of what is printed is the end of the stream.
      stdin.write('bye\n');
      await once(output, 'end');
      socket.close();
    });
  });

  /** The algorithm of leader election: hold a Lease, renew it in time, take one that nobody renews any more. */
  class Candidate {
    readonly identity: string;
    readonly #leases: LeaseApi;
    #until = 0;
    #seen = { version: '', at: 0 };

    constructor(leases: LeaseApi, identity: string) {
      this.#leases = leases;
      this.identity = identity;
    }

    /** A leader stops by itself before anybody else may think that it has. */
    get leads(): boolean {
      return performance.now() < this.#until;
    }

    async tryToLead(): Promise<void> {
      const asked = performance.now();
      this.#until = (await this.#try()) ? asked + 800 : 0;
    }

    async #try(): Promise<boolean> {
      const name = 'leader';
      const spec = {
        holderIdentity: this.identity,
        leaseDurationSeconds: 1,
        renewTime: new Date().toISOString().replace('Z', '000Z'),
      };
      try {
        const lease = await this.#leases.readNamespacedLease({ name, namespace });
        const version = lease.metadata.resourceVersion ?? '';
        if (version !== this.#seen.version) this.#seen = { version, at: performance.now() };
        const isOwn = lease.spec?.holderIdentity === this.identity;
        if (!isOwn && performance.now() - this.#seen.at < 1000) return false;
        const leaseTransitions = (lease.spec?.leaseTransitions ?? 0) + (isOwn ? 0 : 1);
        const body = { ...lease, spec: { ...spec, leaseTransitions } };
        await this.#leases.replaceNamespacedLease({ name, namespace, body });
        return true;
      } catch (error) {
        const { code } = error as { code?: number };
        if (code === 409) return false;
        if (code !== 404) throw error;
        await this.#leases.createNamespacedLease({ namespace, body: { metadata: { name }, spec } });
        return true;
      }
    }
  }
});
