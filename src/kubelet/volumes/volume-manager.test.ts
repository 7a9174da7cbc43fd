import assert from 'node:assert/strict';
import {
  chmod,
  lstat,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rename,
  rm,
  stat,
  symlink,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import type { Pod } from '../../api/core/pod.schema.ts';
import type { Volume } from '../../api/core/volume.schema.ts';
import {
  configMaps,
  persistentVolumeClaims,
  persistentVolumes,
  secrets,
  serviceAccounts,
} from '../../api/resources.ts';
import type { FakeClient } from '../../client/testing/fake-client.ts';
import { createFakeClient } from '../../client/testing/fake-client.ts';
import { prepareHostsFile } from './etc-hosts.ts';
import { isMountPoint, mountsUnder, unmountUnder } from './mounts.ts';
import { prepareTerminationLog } from './termination-log.ts';
import { containerWith, podWith } from './testing/pods.ts';
import type { PodVolumes, VolumeManager } from './types.ts';
import { PodVolumesError } from './types.ts';
import { createVolumeManager } from './volume-manager.ts';

const none = new Map<string, string>();

// Mounts need root, as the kubelet itself does.
describe('volume manager', { skip: process.getuid?.() !== 0 }, () => {
  let root: string;
  let client: FakeClient;
  let now = Date.parse('2026-01-01T00:00:00Z');
  let manager: VolumeManager;

  const restart = (): VolumeManager =>
    createVolumeManager({
      client,
      rootDirectory: root,
      allocatable: () => ({ cpu: '2', memory: '1Gi' }),
      now: () => now,
    });
  const configMap = (data: Record<string, string>): void => {
    client.seed(configMaps, {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'settings', namespace: 'shop' },
      data,
    });
  };

  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), 'cox-volumes-'));
    client = createFakeClient();
    client.seed(serviceAccounts, {
      apiVersion: 'v1',
      kind: 'ServiceAccount',
      metadata: { name: 'default', namespace: 'shop' },
    });
    manager = restart();
  });
  afterEach(async () => {
    await unmountUnder(root);
    await rm(root, { recursive: true });
  });

  /** Where the only container sees the only volume. */
  async function placed(volumes: PodVolumes, mount: object = {}): Promise<string> {
    const container = containerWith([{ name: 'v', mountPath: '/v', ...mount }]);
    const [first] = await volumes.mountsOf(container, none);
    return first?.hostPath ?? '';
  }
  async function failures(pod: Pod): Promise<string[]> {
    try {
      await manager.prepare(pod);
    } catch (error) {
      if (error instanceof PodVolumesError) return error.failures.map(({ code, message }) => `${code}: ${message}`);
      throw error;
    }
    return [];
  }

  it('keeps a ConfigMap current, about once a minute', async () => {
    configMap({ colour: 'blue' });
    const pod = podWith([{ name: 'v', configMap: { name: 'settings' } }]);
    const path = await placed(await manager.prepare(pod));
    assert.equal(await readFile(join(path, 'colour'), 'utf8'), 'blue');
    configMap({ colour: 'red' });
    await manager.refresh(pod);
    assert.equal(await readFile(join(path, 'colour'), 'utf8'), 'blue');
    now += 91_000;
    await manager.refresh(pod);
    assert.equal(await readFile(join(path, 'colour'), 'utf8'), 'red');
    const gets = client.actions.length;
    await manager.refresh(pod);
    assert.equal(client.actions.length, gets);
  });

  it('keeps secrets off the disk, and forgets them with the pod', async () => {
    const data = { password: Buffer.from('x').toString('base64') };
    client.seed(secrets, { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'hidden', namespace: 'shop' }, data });
    const pod = podWith([{ name: 'v', secret: { secretName: 'hidden', defaultMode: 0o400 } }]);
    const path = await placed(await manager.prepare(pod));
    assert.equal(path, join(root, 'pods', pod.metadata.uid, 'volumes/kubernetes.io~secret/v'));
    assert.deepEqual(await mountsUnder(root), [{ path, fileSystem: 'tmpfs' }]);
    assert.equal(await readFile(join(path, 'password'), 'utf8'), 'x');
    assert.equal((await stat(join(path, 'password'))).mode & 0o777, 0o400);
    assert.deepEqual(await manager.podsOnDisk(), [pod.metadata.uid]);
    await manager.remove(pod.metadata.uid);
    assert.deepEqual(await mountsUnder(root), []);
    assert.deepEqual(await manager.podsOnDisk(), []);
    await manager.remove(pod.metadata.uid);
  });

  it('projects a token, certificates and the namespace; a restart asks for no new token', async () => {
    const claims = Buffer.from(JSON.stringify({ iat: now / 1000, exp: now / 1000 + 3607 })).toString('base64url');
    let asked = 0;
    client.post = async <T>(_resource: unknown, address: object, subresource: string, body: unknown): Promise<T> => {
      asked += 1;
      assert.deepEqual([address, subresource], [{ name: 'default', namespace: 'shop' }, 'token']);
      const { spec } = body as { spec: { expirationSeconds: number; boundObjectRef: { name: string } } };
      assert.deepEqual([spec.expirationSeconds, spec.boundObjectRef.name], [3607, 'web-1']);
      return { status: { token: `h.${claims}.${asked}` } } as T;
    };
    configMap({ 'ca.crt': 'PEM' });
    const volume: Volume = {
      name: 'v',
      projected: {
        defaultMode: 0o644,
        sources: [
          { serviceAccountToken: { path: 'token', expirationSeconds: 3607 } },
          { configMap: { name: 'settings', items: [{ key: 'ca.crt', path: 'ca.crt' }] } },
          { downwardAPI: { items: [{ path: 'namespace', fieldRef: { fieldPath: 'metadata.namespace' } }] } },
        ],
      },
    };
    const pod = podWith([volume], { securityContext: { runAsUser: 1000 } });
    const path = await placed(await manager.prepare(pod));
    const read = (name: string): Promise<string> => readFile(join(path, name), 'utf8');
    assert.deepEqual(
      [await read('token'), await read('ca.crt'), await read('namespace')],
      [`h.${claims}.1`, 'PEM', 'shop'],
    );
    const status = await stat(join(path, 'token'));
    assert.deepEqual([status.uid, status.mode & 0o777], [1000, 0o600]);

    manager = restart();
    await manager.prepare(pod);
    assert.equal(await read('token'), `h.${claims}.1`);
    now += 3000_000;
    await manager.refresh(pod);
    assert.equal(await read('token'), `h.${claims}.2`);
    assert.equal(asked, 2);
  });

  it('writes what the downward API says as soon as it changes', async () => {
    const items = [{ path: 'labels', fieldRef: { fieldPath: 'metadata.labels' } }];
    const pod = podWith([{ name: 'v', downwardAPI: { items } }]);
    const path = await placed(await manager.prepare(pod));
    await manager.refresh({ ...pod, metadata: { ...pod.metadata, labels: { app: 'other' } } });
    assert.equal(await readFile(join(path, 'labels'), 'utf8'), 'app="other"');
  });

  it('makes empty directories once, and gives them to the pod’s group', async () => {
    const pod = podWith(
      [
        { name: 'v', emptyDir: {} },
        { name: 'm', emptyDir: { medium: 'Memory', sizeLimit: '1Mi' } },
      ],
      { securityContext: { fsGroup: 2000 } },
    );
    const volumes = await manager.prepare(pod);
    const path = await placed(volumes);
    const memory = await placed(volumes, { name: 'm' });
    for (const each of [path, memory]) {
      const { gid, mode } = await stat(each);
      assert.deepEqual([gid, (mode & 0o2777).toString(8)], [2000, '2777']);
    }
    assert.equal(await isMountPoint(memory), true);
    await assert.rejects(writeFile(join(memory, 'large'), Buffer.alloc(2 << 20)), { code: 'ENOSPC' });

    await writeFile(join(path, 'kept'), '1');
    await chmod(path, 0o700);
    manager = restart();
    await manager.prepare(pod);
    assert.deepEqual(await readdir(path), ['kept']);
    assert.equal((await stat(path)).mode & 0o777, 0o700);
    assert.equal((await mountsUnder(root)).length, 1);
  });

  it('says what is missing for each volume, and prepares the others', async () => {
    const pod = podWith([
      { name: 'a', configMap: { name: 'nope' } },
      { name: 'b', secret: { secretName: 'nope' } },
      { name: 'c', configMap: { name: 'nope', optional: true } },
      { name: 'd', nfs: { server: 'files.example', path: '/' } },
      { name: 'e', hostPath: { path: join(root, 'nope'), type: 'Directory' } },
      { name: 'f', projected: { sources: [{ configMap: { name: 'nope' } }, { secret: { name: 'no' } }] } },
      { name: 'v', emptyDir: {} },
    ]);
    assert.deepEqual(await failures(pod), [
      'NotReady: MountVolume.SetUp failed for volume "a" : configmap "nope" not found',
      'NotReady: MountVolume.SetUp failed for volume "b" : secret "nope" not found',
      'Unsupported: MountVolume.SetUp failed for volume "d" : volumes of type nfs are not supported by this kubelet',
      `Refused: MountVolume.SetUp failed for volume "e" : hostPath type check failed: ${root}/nope is not a directory`,
      'NotReady: MountVolume.SetUp failed for volume "f" : [configmap "nope" not found, secret "no" not found]',
    ]);
    assert.deepEqual(await readdir(join(root, 'pods', pod.metadata.uid, 'volumes/kubernetes.io~empty-dir')), ['v']);
  });

  it('checks and makes host paths', async () => {
    const [folder, file] = [join(root, 'new/folder'), join(root, 'file')];
    const at = (path: string, type: NonNullable<Volume['hostPath']>['type']): Volume => ({
      name: 'v',
      hostPath: { path, type },
    });
    assert.deepEqual(await failures(podWith([at(folder, 'DirectoryOrCreate')])), []);
    assert.equal((await lstat(folder)).isDirectory(), true);
    manager = restart();
    assert.deepEqual(await failures(podWith([at(file, 'FileOrCreate')])), []);
    manager = restart();
    assert.match((await failures(podWith([at(file, 'Socket')])))[0] ?? '', /is not a socket file$/);
    assert.deepEqual(await failures(podWith([at('/dev/null', 'CharDevice')])), []);
  });

  it('mounts claims of local and hostPath volumes', async () => {
    const pod = podWith([{ name: 'v', persistentVolumeClaim: { claimName: 'data', readOnly: true } }]);
    const refused =
      'Unable to attach or mount volumes: unmounted volumes=[v], unattached volumes=[], failed to process volumes=[v]: error processing PVC shop/data: ';
    assert.match((await failures(pod))[0] ?? '', /failed to fetch PVC from API server: /);
    const claim = client.seed(persistentVolumeClaims, {
      apiVersion: 'v1',
      kind: 'PersistentVolumeClaim',
      metadata: { name: 'data', namespace: 'shop' },
      spec: { resources: {}, volumeName: 'pv-1' },
      status: { phase: 'Pending' },
    });
    assert.deepEqual(await failures(pod), [`NotReady: ${refused}PVC is not bound`]);
    client.seed(persistentVolumeClaims, { ...claim, status: { phase: 'Bound' } });
    const volume = {
      apiVersion: 'v1',
      kind: 'PersistentVolume',
      metadata: { name: 'pv-1', annotations: { 'pv.beta.kubernetes.io/gid': '3000' } },
      spec: {
        capacity: { storage: '1Gi' },
        local: { path: join(root, 'disk') },
        claimRef: { uid: claim.metadata.uid },
      },
      status: {},
    };
    client.seed(persistentVolumes, volume);
    assert.match((await failures(pod))[0] ?? '', /volume "v" : path "[^"]*\/disk" does not exist$/);
    await mkdir(join(root, 'disk'));
    const volumes = await manager.prepare(pod);
    assert.deepEqual(volumes.supplementalGroups, [3000]);
    const [mount] = await volumes.mountsOf(containerWith([{ name: 'v', mountPath: '/data' }]), none);
    assert.deepEqual([mount?.hostPath, mount?.readOnly, mount?.containerPath], [join(root, 'disk'), true, '/data']);
    await manager.remove(pod.metadata.uid);
    assert.deepEqual(await readdir(root), ['disk', 'pods']);
  });

  describe('sub paths', () => {
    const pod = podWith([{ name: 'v', emptyDir: {} }]);
    let volume: string;
    let volumes: PodVolumes;
    beforeEach(async () => {
      volumes = await manager.prepare(pod);
      volume = await placed(volumes);
    });

    it('makes missing folders, and survives being removed without touching the volume', async () => {
      const bound = await placed(volumes, { subPath: 'a/b' });
      assert.equal(bound, join(root, 'pods', pod.metadata.uid, 'volume-subpaths/v/web/0'));
      await writeFile(join(bound, 'file'), '1');
      assert.equal(await readFile(join(volume, 'a/b/file'), 'utf8'), '1');
      assert.equal((await stat(join(volume, 'a'))).mode & 0o777, 0o777);
      assert.equal(await placed(volumes, { subPath: 'a/b' }), bound);
      assert.equal((await mountsUnder(root)).length, 1);
      await manager.remove(pod.metadata.uid);
      assert.deepEqual(await mountsUnder(root), []);
    });

    it('fills in subPathExpr', async () => {
      const container = containerWith([{ name: 'v', mountPath: '/v', subPathExpr: 'logs/$(POD)' }]);
      await volumes.mountsOf(container, new Map([['POD', 'web-1']]));
      assert.deepEqual(await readdir(join(volume, 'logs')), ['web-1']);
      await assert.rejects(volumes.mountsOf(container, none), { message: 'missing value for "POD"' });
    });

    it('mounts single files, and the new one after a change', async () => {
      await writeFile(join(volume, 'file'), 'old');
      const bound = await placed(volumes, { subPath: 'file' });
      assert.equal(await readFile(bound, 'utf8'), 'old');
      await writeFile(join(volume, 'next'), 'new');
      await rename(join(volume, 'next'), join(volume, 'file'));
      assert.equal(await readFile(await placed(volumes, { subPath: 'file' }), 'utf8'), 'new');
    });

    it('follows links within the volume', async () => {
      await mkdir(join(volume, 'real'));
      await symlink('real', join(volume, 'link'));
      await writeFile(join(await placed(volumes, { subPath: 'link' }), 'x'), '');
      assert.deepEqual(await readdir(join(volume, 'real')), ['x']);
    });

    for (const [name, target] of Object.entries({ 'an absolute link': '/etc', 'a link upwards': '../../../..' })) {
      it(`refuses ${name}`, async () => {
        await symlink(target, join(volume, 'out'));
        for (const subPath of ['out', 'out/made']) {
          await assert.rejects(placed(volumes, { subPath }), { code: 'Refused', message: /not within volume path/ });
        }
        assert.deepEqual(await mountsUnder(root), []);
      });
    }

    it('refuses a link that leads nowhere yet', async () => {
      await symlink('/nowhere-at-all', join(volume, 'dangling'));
      await assert.rejects(placed(volumes, { subPath: 'dangling/x' }), { code: 'Refused' });
    });

    it('refuses paths that are none', async () => {
      await assert.rejects(placed(volumes, { subPath: '../x' }), { message: /must not contain '\.\.'/ });
      await assert.rejects(placed(volumes, { subPath: '/x' }), { message: /must not be an absolute path/ });
    });
  });

  it('gives the files that every container has', async () => {
    const pod = podWith([], { hostAliases: [{ ip: '192.0.2.7', hostnames: ['foo'] }] });
    const hosts = { pod, rootDirectory: root, clusterDomain: 'cluster.local', addresses: ['10.233.64.5'] };
    const first = await prepareHostsFile(hosts);
    const { ino } = await stat(first.hostPath);
    const again = await prepareHostsFile({ ...hosts, addresses: ['10.233.64.6'] });
    assert.match(await readFile(again.hostPath, 'utf8'), /^10\.233\.64\.6\tweb-1$/m);
    assert.equal((await stat(again.hostPath)).ino, ino);
    const container = { ...containerWith([]), terminationMessagePath: '/dev/termination-log' };
    const log = await prepareTerminationLog(root, pod, container);
    assert.equal((await stat(log?.hostPath ?? '')).mode & 0o777, 0o666);
    assert.equal(await prepareTerminationLog(root, pod, containerWith([])), undefined);
  });
});
