import assert from 'node:assert/strict';
import { rm } from 'node:fs/promises';
import { test } from 'node:test';
import { checkKernelFeatures } from '../../../src/network/preflight.ts';
import { stateDirectory, whyNotHere } from './machine.ts';

test(
  'this machine has what the network needs, and the check leaves nothing',
  { skip: whyNotHere() ?? false },
  async (t) => {
    const directory = await stateDirectory('t-net-preflight');
    try {
      const start = performance.now();
      assert.deepEqual(await checkKernelFeatures(directory), []);
      t.diagnostic(`checked in ${Math.round(performance.now() - start)} ms`);
    } finally {
      await rm(directory, { recursive: true });
    }
  },
);
