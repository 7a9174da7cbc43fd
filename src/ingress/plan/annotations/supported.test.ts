import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { supportedAnnotations } from './supported.ts';

test("the README's table has the supported annotations, and no others", async () => {
  const readme = await readFile(new URL('../../README.md', import.meta.url), 'utf8');
  const from = readme.indexOf('| annotation |');
  const [, , ...rows] = readme.slice(from, readme.indexOf('\n\n', from)).split('\n');
  const wanted = Object.entries(supportedAnnotations).map(([name, effect]) => `| \`${name}\` | ${effect} |`);
  assert.deepEqual(rows, wanted);
});
