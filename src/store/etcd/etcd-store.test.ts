import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import pino from 'pino';
import type { KubeObject } from '../../api/object.ts';
import { isStatus } from '../../api/status-error.ts';
import { describeStore, refusal, sample } from '../conformance.ts';
import type { HistoryLimits } from '../history.ts';
import type { Store } from '../store.ts';
import { StoreError } from '../store.ts';
import { EtcdConnection } from './connection.ts';
import { openEtcdStore } from './etcd-store.ts';
import { checkStore, deleteStore } from './maintenance.ts';
import type { EtcdServer } from './testing/etcd.ts';
import { eventually } from '../../system/testing/eventually.ts';
import { startEtcd, withoutEtcd } from './testing/etcd.ts';

const logger = pino({ level: process.env['COX_LOG_LEVEL'] ?? 'silent' });
let etcd: EtcdServer;
let stores = 0;

function newPrefix(): string {
  stores += 1;
  return `/test-${stores}`;
}
const open = (prefix: string, limits?: HistoryLimits): Promise<Store> =>
  openEtcdStore({ endpoints: [etcd.url], logger, prefix, ...(limits === undefined ? {} : { limits }) });

const valueOf = (object: KubeObject | undefined): unknown =>
  object === undefined ? undefined : Reflect.get(object, 'value');

function shown(store: Store, revision: number): string[] {
  const seen: string[] = [];
  const watch = store.watch('', revision, ({ type, key, revision: at, current, previous }) => {
    seen.push(`${type} ${key}@${at} ${current.json.toString()} was ${String(previous?.json)}`);
  });
  watch.stop();
  return seen;
}

/** Adds one to a number in the store so many times, as clients of an API server do. */
async function count(store: Store, key: string, times: number): Promise<void> {
  for (let done = 0; done < times;) {
    const present = await store.get(key);
    try {
      const next = sample('n', Number(valueOf(present?.object) ?? 0) + 1);
      if (present === undefined) await store.create(key, next);
      else await store.update(key, next, present.revision);
      done += 1;
    } catch (error) {
      assert.ok(error instanceof StoreError && (error.code === 'conflict' || error.code === 'exists'), String(error));
    }
  }
}

describe('etcd', { skip: withoutEtcd }, () => {
  before(async () => {
    etcd = await startEtcd();
  });
  after(async () => etcd[Symbol.asyncDispose]());

  describeStore('etcd', () => open(newPrefix()), 10);

  describe('over restarts', () => {
    it('keeps objects, revision and history', async () => {
      const prefix = newPrefix();
      const first = await open(prefix);
      await first.create('/a', sample('a', 1));
      await Promise.all([first.update('/a', sample('a', 2), 2), first.create('/b', sample('b'))]);
      await first.delete('/b', 4);
      const [before, objects] = [shown(first, 1), await first.list('')];
      await first.close();
      const second = await open(prefix);
      assert.deepEqual([second.revision, second.compactedRevision], [5, 1]);
      assert.deepEqual(shown(second, 1), before);
      assert.deepEqual((await second.list('')).items[0]?.json, objects.items[0]?.json);
      assert.equal((await second.create('/b', sample('b'))).revision, 6);
      await second.close();
    });

    it('forgets in etcd what was compacted', async () => {
      const prefix = newPrefix();
      const first = await open(prefix);
      let { revision } = await first.create('/a', sample('a'));
      for (let turn = 0; turn < 20; turn += 1) ({ revision } = await first.update('/a', sample('a', turn), revision));
      await first.compact(15);
      await first.close();
      const second = await open(prefix);
      assert.deepEqual([second.revision, second.compactedRevision], [22, 15]);
      assert.equal(shown(second, 15).length, 7);
      await second.compact(22);
      await second.delete('/a', 22);
      await second.compact(23);
      await second.close();
      const third = await open(prefix);
      assert.deepEqual([third.revision, third.compactedRevision, third.count('')], [23, 23, 0]);
      await third.close();
    });

    it('reads no more history than is kept', async () => {
      const prefix = newPrefix();
      const first = await open(prefix);
      let { revision } = await first.create('/a', sample('a'));
      for (let turn = 0; turn < 30; turn += 1) ({ revision } = await first.update('/a', sample('a', turn), revision));
      await first.close();
      const second = await open(prefix, { minEvents: 5, maxEvents: 10, maxBytes: 1 << 20, maxAgeMs: 60_000 });
      assert.deepEqual([second.revision, second.compactedRevision], [32, 22]);
      await second.close();
    });

    it('reads thousands of objects, page by page', async () => {
      const prefix = newPrefix();
      const first = await open(prefix);
      await Promise.all(Array.from({ length: 2500 }, (_, index) => first.create(`/o/${index}`, sample(String(index)))));
      await first.close();
      const second = await open(prefix);
      assert.deepEqual([second.count('/o/'), second.revision], [2500, 2501]);
      await second.close();
    });
  });

  describe('with several servers', () => {
    it('has each hear of the others, in the same order', async () => {
      const prefix = newPrefix();
      const [a, b] = [await open(prefix), await open(prefix)];
      await Promise.all([a.create('/a', sample('a')), a.create('/x', sample('x'))]);
      await eventually('both', () => b.revision === 3);
      assert.deepEqual((await b.get('/a'))?.json, (await a.get('/a'))?.json);
      await b.delete('/x', 3);
      await eventually('the delete', () => a.revision === 4);
      assert.deepEqual(shown(a, 1), shown(b, 1));
      // One that has not heard of it yet finds out when it writes.
      const outcomes = await Promise.allSettled([a.create('/c', sample('c', 'a')), b.create('/c', sample('c', 'b'))]);
      assert.deepEqual(outcomes.map(({ status }) => status).toSorted(), ['fulfilled', 'rejected']);
      await eventually('one of them', () => a.revision === 5 && b.revision === 5);
      assert.deepEqual((await b.get('/c'))?.json, (await a.get('/c'))?.json);
      await Promise.all([a.close(), b.close()]);
    });

    it('loses no write of any', async () => {
      const prefix = newPrefix();
      const servers = await Promise.all([open(prefix), open(prefix), open(prefix)]);
      const heard = servers.map((store) => {
        const revisions: number[] = [];
        store.watch('', 1, ({ revision }) => revisions.push(revision));
        return revisions;
      });
      const work = servers.flatMap((store) => [count(store, '/n', 15), count(store, '/m', 15), count(store, '/n', 15)]);
      await Promise.all(work);
      const expected = Array.from({ length: 135 }, (_, index) => index + 2);
      for (const [index, store] of servers.entries()) {
        await eventually('all', () => store.revision === 136);
        assert.equal(valueOf((await store.get('/n'))?.object), 90);
        assert.equal(valueOf((await store.get('/m'))?.object), 45);
        assert.deepEqual(heard[index], expected);
        await store.close();
      }
    });
  });

  it('refuses what is too large for etcd, and only that', async () => {
    const store = await open(newPrefix());
    const [large, small] = await Promise.allSettled([
      store.create('/large', sample('large', 'x'.repeat(2_000_000))),
      store.create('/small', sample('small')),
    ]);
    assert.ok(large.status === 'rejected' && isStatus(large.reason, 'RequestEntityTooLarge'));
    assert.ok(small.status === 'fulfilled');
    assert.equal(store.revision, 2);
    await store.close();
  });

  it(
    'waits for an etcd that is away for a moment, and forgets nothing that it has said',
    { timeout: 30_000 },
    async () => {
      const prefix = newPrefix();
      const [store, other] = [await open(prefix), await open(prefix)];
      const counting = Promise.all([count(store, '/n', 80), count(other, '/n', 80), count(store, '/m', 80)]);
      await eventually('some writes', () => store.revision > 20);
      await etcd.kill();
      await setTimeout(200);
      assert.ok((await store.get('/n')) !== undefined, 'what was read can be read');
      await etcd.restart();
      await counting;
      await eventually('all', () => other.revision === 241);
      assert.equal(valueOf((await other.get('/n'))?.object), 160);
      const revisions: number[] = [];
      other.watch('', other.compactedRevision, ({ revision }) => revisions.push(revision));
      assert.deepEqual(
        revisions,
        Array.from({ length: 240 }, (_, index) => index + 2),
      );
      await Promise.all([store.close(), other.close()]);
    },
  );

  it('keeps what a killed server was promised', { timeout: 30_000 }, async () => {
    const prefix = newPrefix();
    for (let round = 0; round < 3; round += 1) {
      const writer = spawn(process.execPath, [join(import.meta.dirname, 'testing/writer.ts'), etcd.url, prefix]);
      let said = '';
      writer.stdout.on('data', (chunk: Buffer) => (said += chunk.toString()));
      await eventually('promises', () => said.split('\n').length > 100, 10_000);
      writer.kill('SIGKILL');
      await once(writer, 'close');
      const store = await open(prefix);
      const seen = new Set<string>();
      store.watch('', store.compactedRevision, ({ type, key, revision }) => seen.add(`${revision} ${type} ${key}`));
      const promised = said.split('\n').slice(0, -1);
      assert.deepEqual(
        promised.filter((line) => !seen.has(line)),
        [],
      );
      await store.close();
    }
  });

  it('says what is wrong when etcd cannot be reached, or holds something else', async () => {
    const connection = new EtcdConnection({ endpoints: [etcd.url] });
    const prefix = newPrefix();
    const put = {
      case: 'requestPut' as const,
      value: { key: Buffer.from(`${prefix}/revision`), value: Buffer.from('odd') },
    };
    await connection.call((kv, options) => kv.txn({ success: [{ request: put }] }, options), 1000);
    connection.close();
    await assert.rejects(open(prefix), { code: 'etcd', message: /has not written/ });
  });

  it('can be removed as a whole, and no more than that', async () => {
    const [prefix, neighbour] = [newPrefix(), newPrefix()];
    for (const each of [prefix, neighbour]) {
      const store = await open(each);
      await store.create('/a', sample('a'));
      await store.close();
    }
    await checkStore({ endpoints: [etcd.url], prefix });
    await deleteStore({ endpoints: [etcd.url], prefix });
    const [gone, kept] = [await open(prefix), await open(neighbour)];
    assert.deepEqual([gone.revision, gone.count(''), kept.revision, kept.count('')], [1, 0, 2, 1]);
    await Promise.all([gone.close(), kept.close()]);
  });

  it('takes no writes any more when its past is gone', { timeout: 20_000 }, async () => {
    const prefix = newPrefix();
    let failed = 0;
    const store = await openEtcdStore({ endpoints: [etcd.url], logger, prefix, onFailed: () => (failed += 1) });
    await store.create('/a', sample('a'));
    const connection = new EtcdConnection({ endpoints: [etcd.url] });
    const del = { case: 'requestDeleteRange' as const, value: { key: Buffer.from(`${prefix}/revision`) } };
    await connection.call((kv, options) => kv.txn({ success: [{ request: del }] }, options), 1000);
    connection.close();
    await eventually('a failure', () => failed === 1);
    await refusal('closed', () => store.create('/b', sample('b')));
    assert.equal(valueOf((await store.get('/a'))?.object), 'a');
    await store.close();
  });
});

describe('etcd with TLS', { skip: withoutEtcd }, () => {
  const directory = mkdtempSync(join(tmpdir(), 'cox-etcd-tls-'));
  const file = (name: string): string => join(directory, name);
  const text = (name: string): string => readFileSync(file(name), 'utf8');
  after(() => rmSync(directory, { recursive: true }));

  const openssl = (...args: readonly string[]): void => void execFileSync('openssl', args, { stdio: 'pipe' });
  const newKey = ['-nodes', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256'];
  function certificate(name: string, extensions: string): void {
    openssl(
      'req',
      '-new',
      ...newKey,
      '-keyout',
      file(`${name}.key`),
      '-out',
      file(`${name}.csr`),
      '-subj',
      `/CN=${name}`,
    );
    writeFileSync(file('extensions'), extensions);
    const ca = ['-CA', file('ca.crt'), '-CAkey', file('ca.key'), '-CAcreateserial'];
    openssl(
      'x509',
      '-req',
      '-in',
      file(`${name}.csr`),
      ...ca,
      '-extfile',
      file('extensions'),
      '-out',
      file(`${name}.crt`),
    );
  }

  it('is spoken to by who has its certificate, and nobody else', { timeout: 30_000 }, async () => {
    openssl('req', '-x509', ...newKey, '-keyout', file('ca.key'), '-out', file('ca.crt'), '-subj', '/CN=ca');
    certificate('server', 'subjectAltName=IP:127.0.0.1\nextendedKeyUsage=serverAuth,clientAuth');
    certificate('client', 'extendedKeyUsage=clientAuth');
    const tls = { ca: text('ca.crt'), cert: text('client.crt'), key: text('client.key') };
    const files = ['--cert-file', file('server.crt'), '--key-file', file('server.key')];
    const args = [...files, '--trusted-ca-file', file('ca.crt'), '--client-cert-auth'];
    const secure = await startEtcd({ args, tls });
    const store = await openEtcdStore({ endpoints: [secure.url], tls, logger });
    assert.equal((await store.create('/a', sample('a'))).revision, 2);
    await store.close();
    const patience = 500;
    for (const wrong of [{ ca: tls.ca }, { cert: tls.cert, key: tls.key }]) {
      const connection = new EtcdConnection({ endpoints: [secure.url], tls: wrong });
      await assert.rejects(
        connection.call((kv, options) => kv.range({ key: Buffer.from('a') }, options), patience),
        { code: 'etcd', message: /does not answer: / },
      );
      connection.close();
    }
    await secure[Symbol.asyncDispose]();
  });
});
