/** A process that writes until it is killed, and says what it was promised: run with the store's folder. */
import pino from 'pino';
import type { KubeObject } from '../../../api/object.ts';
import { say } from '../../testing/say.ts';
import { openSqliteStore } from '../sqlite-store.ts';

const store = await openSqliteStore({ directory: String(process.argv[2]), logger: pino({ level: 'silent' }) });

async function writeOn(key: string): Promise<void> {
  let revision = (await store.get(key))?.revision;
  for (let count = 0; ; count += 1) {
    const value = `${key} ${count} `.repeat(100);
    const object = { apiVersion: 'v1', kind: 'Sample', metadata: { name: key }, value, copy: value } as unknown;
    const again = revision === undefined;
    const written = again
      ? await store.create(key, object as KubeObject)
      : await store.update(key, object as KubeObject, revision ?? 0);
    say(`${written.revision} put ${key}`);
    revision = written.revision;
    if (count % 10 === 9) {
      const deleted = await store.delete(key, revision);
      say(`${deleted.revision} delete ${key}`);
      revision = undefined;
    }
  }
}

try {
  await Promise.all(Array.from({ length: 16 }, (_, index) => writeOn(`/samples/${index}`)));
} catch (error) {
  say(`refused: ${String(error)}`);
  await store.close();
}
