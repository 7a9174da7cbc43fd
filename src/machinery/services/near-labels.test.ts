import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Labels } from './near-labels.ts';
import { nearLabel } from './near-labels.ts';

const cases: Record<string, readonly [selector: Labels, labels: Labels, string | undefined]> = {
  'a letter left out': [{ app: 'hello-flsk' }, { app: 'hello-flask' }, 'app=hello-flask'],
  'two letters swapped': [{ app: 'hello-falsk' }, { app: 'hello-flask' }, 'app=hello-flask'],
  'another case': [{ app: 'Web' }, { app: 'web' }, 'app=web'],
  'the value under another key': [{ name: 'web' }, { app: 'web' }, 'app=web'],
  'one pair of two': [{ app: 'web', tier: 'frontent' }, { app: 'web', tier: 'frontend' }, 'tier=frontend'],
  'nothing is amiss': [{ app: 'web' }, { app: 'web' }, undefined],
  'two things of a kind': [{ app: 'web-1' }, { app: 'web-2' }, undefined],
  'two things': [{ app: 'redis' }, { app: 'flask' }, undefined],
  'short words': [{ app: 'api' }, { app: 'app' }, undefined],
  'two pairs amiss': [{ app: 'webb', tier: 'frontent' }, { app: 'web', tier: 'frontend' }, undefined],
};

for (const [name, [selector, labels, expected]] of Object.entries(cases)) {
  test(name, () => assert.equal(nearLabel(selector, labels)?.found, expected));
}
