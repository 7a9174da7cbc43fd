/** A process that writes until it is killed, and says what it was promised: run with etcd's address and the prefix. */
import pino from 'pino';
import type { KubeObject } from '../../../api/object.ts';
import { say } from '../../testing/say.ts';
import { openEtcdStore } from '../etcd-store.ts';

const [, , url = '', prefix = ''] = process.argv;
const store = await openEtcdStore({ endpoints: [url], prefix, logger: pino({ level: 'silent' }) });

async function writeOn(key: string): Promise<void> {
  let revision = (await store.get(key))?.revision;
  for (let count = 0; ; count += 1) {
    const object = { apiVersion: 'v1', kind: 'Sample', metadata: { name: key }, value: `${key} ${count}` } as unknown;
    const written =
      revision === undefined
        ? await store.create(key, object as KubeObject)
        : await store.update(key, object as KubeObject, revision);
    say(`${written.revision} put ${key}`);
    revision = written.revision;
    if (count % 10 !== 9) continue;
    const deleted = await store.delete(key, revision);
    say(`${deleted.revision} delete ${key}`);
    revision = undefined;
  }
}

await Promise.all(Array.from({ length: 8 }, (_, index) => writeOn(`/samples/${index}`)));
