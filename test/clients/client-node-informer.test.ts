import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import type { AddressInfo, Socket } from 'node:net';
import { connect, createServer } from 'node:net';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ConfigMap } from '../../src/api/core/config-map.schema.ts';
import type { KubeObject } from '../../src/api/object.ts';
import { startListeningServer } from '../../src/apiserver/testing/start.ts';
import type { ListeningServer } from '../../src/apiserver/testing/start.ts';
import { findClientNode } from './client-node.ts';

const objects = 50;
const updates = 100_000;
const cuts = 20;
const path = '/api/v1/namespaces/default/configmaps';

/** What stands between the client and the server, and now and then cuts all connections. */
class Cutter implements AsyncDisposable {
  readonly #sockets = new Set<Socket>();
  readonly #server;
  cuts = 0;

  constructor(port: number) {
    this.#server = createServer((socket) => {
      const upstream = connect(port, '127.0.0.1');
      for (const each of [socket, upstream]) {
        this.#sockets.add(each);
        each.on('error', () => {});
        each.on('close', () => {
          this.#sockets.delete(each);
          socket.destroy();
          upstream.destroy();
        });
      }
      socket.pipe(upstream).pipe(socket);
    });
  }

  async listen(): Promise<number> {
    await new Promise<void>((resolve) => {
      this.#server.listen(0, '127.0.0.1', resolve);
    });
    return (this.#server.address() as AddressInfo).port;
  }

  /** Ends every connection in the middle of whatever it carries, with a reset. */
  cut(): void {
    this.cuts++;
    for (const socket of this.#sockets) socket.resetAndDestroy();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await new Promise((resolve) => {
      this.#server.close(resolve);
    });
  }
}

/** Writes to the objects in turn, each one's data counting up, as fast as the server stores it. */
async function write({ store }: ListeningServer): Promise<void> {
  const keyOf = (index: number): string => `/configmaps/default/c${index}`;
  const objectOf = (index: number, count: number): KubeObject =>
    ({
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: `c${index}`, namespace: 'default', uid: `uid-${index}` },
      data: { count: String(count) },
    }) as unknown as KubeObject;
  const turn = async (index: number): Promise<void> => {
    let { revision } = await store.create(keyOf(index), objectOf(index, 0));
    for (let count = 1; count <= updates / objects; count++) {
      ({ revision } = await store.update(keyOf(index), objectOf(index, count), revision));
      // The client parses every event: who writes without end leaves it, and the server, no time.
      if (count % 20 === 0) await sleep(1);
    }
  };
  await Promise.all(Array.from({ length: objects }, (_, index) => turn(index)));
}

test('an informer sees each of 100,000 events once, though its connection breaks again and again', async (t) => {
  const library = await findClientNode();
  if (typeof library === 'string') return t.skip(library);
  await using server = await startListeningServer();
  await using cutter = new Cutter(server.listener.port);
  const port = await cutter.listen();
  const config = new library.KubeConfig();
  const text = readFileSync(server.kubeconfig, 'utf8');
  config.loadFromString(text.replace(`:${server.listener.port}`, `:${port}`));
  const core = config.makeApiClient(library.CoreV1Api);
  const informer = library.makeInformer<ConfigMap>(config, path, () =>
    core.listNamespacedConfigMap({ namespace: 'default' }),
  );
  const counts = new Map<string, number>();
  const wrong: string[] = [];
  let seen = 0;
  const see = ({ metadata, data }: ConfigMap): void => {
    const name = metadata.name ?? '';
    const count = Number(data?.['count']);
    if (count !== (counts.get(name) ?? -1) + 1) wrong.push(`${name}: ${count} after ${counts.get(name)}`);
    counts.set(name, count);
    seen++;
  };
  informer.on('add', see);
  informer.on('update', see);
  let breaks = 0;
  let isOver = false;
  informer.on('error', () => {
    // To stop it is an error, too.
    if (isOver) return;
    breaks++;
    setImmediate(() => void informer.start());
  });
  await informer.start();
  const total = updates + objects;
  const writing = write(server);
  let isWriting = true;
  const cutting = (async () => {
    for (let cut = 1; cut <= cuts; cut++) {
      while (isWriting && seen < (total * cut) / (cuts + 1)) await sleep(5);
      if (isWriting) cutter.cut();
    }
  })();
  await writing;
  isWriting = false;
  await cutting;
  const end = performance.now() + 60_000;
  while (seen < total && performance.now() < end && wrong.length === 0) await sleep(20);
  isOver = true;
  await informer.stop();
  assert.deepEqual(wrong.slice(0, 5), []);
  assert.equal(seen, total);
  assert.ok(breaks >= cuts / 2, `only ${breaks} of ${cutter.cuts} cuts met a watch`);
  t.diagnostic(`${total} events, ${breaks} breaks`);
});
