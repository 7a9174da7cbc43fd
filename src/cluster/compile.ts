import { mkdtemp, rm } from 'node:fs/promises';
import { flushCompileCache } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openSqliteStore } from '../store/sqlite/sqlite-store.ts';
import { createLogger } from '../system/logger.ts';

/**
 * Compiles the modules of all programs once and keeps the result, so that a first start is as quick as the next and
 * needs no more memory: one module that is not kept already makes Node load its compiler of types. Set-up runs this
 * with the flags of `ownCommand`; what is compiled under others is not found.
 */
export async function run(): Promise<void> {
  await Promise.all([
    import('./agent/process.ts'),
    import('./dns/process.ts'),
    import('../proxy/helper/helper.ts'),
    import('./server/process.ts'),
    import('./supervisor/process.ts'),
  ]);
  await compileWorker();
  flushCompileCache();
}

/** The store's thread compiles its modules itself: it must have run once. */
async function compileWorker(): Promise<void> {
  const directory = await mkdtemp(join(tmpdir(), 'cox-compile-'));
  try {
    const store = await openSqliteStore({ directory, logger: createLogger('compile').child({}, { level: 'warn' }) });
    await store.close();
  } finally {
    await rm(directory, { recursive: true });
  }
}
