import assert from 'node:assert/strict';
import { test } from 'node:test';
import { selectSources } from './debian-rootfs.ts';

const targets = `http://archive.example/debian/ bookworm main Debian
http://archive.example/debian/ bookworm main Debian
http://archive.example/debian/ bookworm-updates main Debian
http://third.example/apt cloud main cloud-vendor
`;

test("the distribution's own main archive is chosen, once", () => {
  assert.deepEqual(selectSources(targets, 'bookworm'), ['deb http://archive.example/debian/ bookworm main']);
});

test('without package lists the remedy is named', () => {
  assert.throws(() => selectSources('', 'bookworm'), /run "apt-get update"/);
});
