import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import pino from 'pino';
import { Counter, Registry } from 'prom-client';
import { readMetrics, serveMetrics } from './metrics-socket.ts';

test('metrics pass through a socket of root alone; none are there while nobody serves', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'cox-metrics-'));
  const path = join(directory, 'dns-metrics.sock');
  const stop = new AbortController();
  try {
    assert.equal(await readMetrics(path), '');
    const registry = new Registry();
    new Counter({ name: 'queries_total', help: 'Queries', registers: [registry] }).inc(3);
    await serveMetrics(path, registry, pino({ level: 'silent' }), stop.signal);
    assert.equal(statSync(path).mode & 0o777, 0o600);
    assert.match(await readMetrics(path), /^queries_total 3$/m);
  } finally {
    stop.abort();
    rmSync(directory, { recursive: true });
  }
});
