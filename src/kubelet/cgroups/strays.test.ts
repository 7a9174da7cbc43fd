import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { PodCgroups } from './pod-cgroups.ts';
import { removeStrays } from './strays.ts';

/** Cgroups in memory; those in `busy` hold processes. */
class PlayedCgroups implements PodCgroups {
  readonly paths: Set<string>;
  readonly busy: Set<string>;

  constructor(paths: readonly string[], busy: readonly string[]) {
    this.paths = new Set(paths);
    this.busy = new Set(busy);
  }
  ensure(): Promise<void> {
    return Promise.resolve();
  }
  children(path: string): Promise<readonly string[]> {
    const below = [...this.paths]
      .filter((other) => other.startsWith(`${path}/`))
      .map((other) => other.slice(path.length + 1).split('/')[0] ?? '');
    return Promise.resolve([...new Set(below)]);
  }
  kill(path: string): Promise<void> {
    this.busy.delete(path);
    return Promise.resolve();
  }
  remove(path: string): Promise<boolean> {
    if ([...this.busy].some((other) => other === path || other.startsWith(`${path}/`))) return Promise.resolve(false);
    for (const other of this.paths) if (other === path || other.startsWith(`${path}/`)) this.paths.delete(other);
    return Promise.resolve(true);
  }
}

test('only what is unknown twice is ended, and pods that are gone leave no cgroup', async () => {
  const cgroups = new PlayedCgroups(
    [
      '/n/podlive',
      '/n/podlive/known',
      '/n/podlive/lost',
      '/n/podlive/new',
      '/n/podgone',
      '/n/podgone/empty',
      '/n/other/x',
    ],
    ['/n/podlive/known', '/n/podlive/lost', '/n/podlive/new', '/n/other/x'],
  );
  const known = new Set(['known']);
  const removed: string[] = [];
  let suspects: ReadonlySet<string> = new Set();
  const sweep = async (): Promise<void> => {
    suspects = await removeStrays({
      cgroups,
      parent: '/n',
      isLive: (uid) => uid === 'live',
      isKnown: (id) => known.has(id),
      suspects,
      removed: (path) => removed.push(path),
    });
  };
  await sweep();
  assert.deepEqual([removed, cgroups.busy.size], [[], 4]);
  known.add('new');
  await sweep();
  assert.deepEqual(removed, ['/n/podlive/lost']);
  await sweep();
  assert.deepEqual([...cgroups.paths].toSorted(), ['/n/other/x', '/n/podlive', '/n/podlive/known', '/n/podlive/new']);
  assert.deepEqual([removed.length, suspects.size], [1, 0]);
});
