/** A process that writes until it is killed, and says what it was promised: run with the store's folder. */
import { writeSync } from 'node:fs';
import pino from 'pino';
import type { KubeObject } from '../../../api/object.ts';
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
    writeSync(1, `${written.revision} put ${key}\n`);
    revision = written.revision;
    if (count % 10 === 9) {
      const deleted = await store.delete(key, revision);
      writeSync(1, `${deleted.revision} delete ${key}\n`);
      revision = undefined;
    }
  }
}

try {
  await Promise.all(Array.from({ length: 16 }, (_, index) => writeOn(`/samples/${index}`)));
} catch (error) {
  writeSync(1, `refused: ${String(error)}\n`);
  await store.close();
}
