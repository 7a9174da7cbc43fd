import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { whyNotHere } from '../e2e/cluster.ts';
import type { Chapter } from './chapter.ts';
import { runChapter } from './chapter-run.ts';
import { chapters } from './chapters/chapters.ts';
import { findClient, wantedClients } from './client-binaries.ts';
import { useClientsCluster } from './clients-cluster.ts';

// Every command of kubectl, with several versions of it; what they print is what they print for upstream's server.
describe('kubectl', { skip: whyNotHere() ?? false }, () => {
  const cluster = useClientsCluster();
  const only = process.env['COX_CHAPTERS']?.split(',').filter(Boolean);
  const wanted = chapters.filter(({ name }) => (only ?? []).length === 0 || only?.includes(name));

  const define = (chapter: Chapter, name: string, node = 'kube-worker-1'): void => {
    test(`${chapter.name} with ${name}`, { timeout: 240_000 }, async (t) => {
      const client = await findClient(name).catch((error: unknown) => {
        t.skip(`kubectl ${name} cannot be had: ${String(error)}`);
      });
      if (client === undefined) return;
      const failures = await runChapter(cluster, client, chapter, node);
      if (failures.length > 0) assert.fail(failures.join('\n\n'));
    });
  };

  describe('side by side', { concurrency: 4 }, () => {
    for (const name of wantedClients())
      for (const chapter of wanted) if (chapter.changesNode !== true) define(chapter, name);
  });
  describe('nodes', { concurrency: 2 }, () => {
    for (const [index, node] of ['kube-worker-1', 'kube-worker-2'].entries()) {
      describe(node, { concurrency: 1 }, () => {
        const names = wantedClients().filter((_, position) => position % 2 === index);
        for (const name of names)
          for (const chapter of wanted) if (chapter.changesNode === true) define(chapter, name, node);
      });
    }
  });
});
