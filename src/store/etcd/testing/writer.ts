/** A process that writes until it is killed, and says what it was promised: run with etcd's address and the prefix. */
import { writeSync } from 'node:fs';
import pino from 'pino';
import type { KubeObject } from '../../../api/object.ts';
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
    writeSync(1, `${written.revision} put ${key}\n`);
    revision = written.revision;
    if (count % 10 !== 9) continue;
    const deleted = await store.delete(key, revision);
    writeSync(1, `${deleted.revision} delete ${key}\n`);
    revision = undefined;
  }
}

await Promise.all(Array.from({ length: 8 }, (_, index) => writeOn(`/samples/${index}`)));
