import assert from 'node:assert/strict';
import type { Server } from 'node:http';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import pino from 'pino';
import type { Container, LifecycleHandler } from '../../api/core/container.schema.ts';
import type { Pod } from '../../api/core/pod.schema.ts';
import { eventually } from '../../system/testing/eventually.ts';
import { runHandler } from './handlers.ts';
import { createProbeManager } from './probe-manager.ts';
import type { ExecInContainer, ProbeManager } from './types.ts';

function pod(container: Partial<Container>, status: Pod['status'] = {}): Pod {
  const metadata = {
    name: 'web-1',
    namespace: 'shop',
    uid: 'u1',
    resourceVersion: '1',
    creationTimestamp: '2026-01-01T00:00:00Z',
  };
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata,
    spec: { containers: [{ name: 'web', resources: {}, ...container }] },
    status,
  };
}

const running = (containerId: string, startedAt = Date.now()) => ({
  address: '127.0.0.1',
  containers: [{ name: 'web', containerId, startedAt }],
});

describe('probe manager', () => {
  let manager: ProbeManager;
  let stop: AbortController;
  let events: string[];
  let changes: string[];
  let exitCode = 0;
  let commands: string[];

  beforeEach(() => {
    stop = new AbortController();
    events = [];
    changes = [];
    commands = [];
    exitCode = 0;
    manager = createProbeManager({
      exec: (containerId, command) => {
        commands.push(`${containerId} ${command.join(' ')}`);
        return Promise.resolve({ exitCode, output: 'said' });
      },
      events: {
        event: (_object, type, reason, message, details) => {
          events.push(`${type} ${reason} ${message} ${details?.fieldPath}`);
        },
        flush: () => Promise.resolve(),
      },
      logger: pino({ level: 'silent' }),
      signal: stop.signal,
    });
    manager.onChange((uid) => changes.push(uid));
  });
  afterEach(() => stop.abort());

  it('notices at once when a server begins to listen', async () => {
    const server: Server = createServer((_request, response) => response.end());
    server.listen(0, '127.0.0.1');
    await new Promise((resolve) => server.once('listening', resolve));
    const { port } = server.address() as AddressInfo;
    await new Promise((resolve) => {
      server.close(resolve);
    });
    manager.sync(pod({ readinessProbe: { httpGet: { port } } }), running('a'));
    assert.deepEqual(manager.health('a'), { liveness: 'success', readiness: 'unknown', startup: 'success' });
    await sleep(200);
    server.listen(port, '127.0.0.1');
    await eventually('ready', () => manager.health('a').readiness === 'success');
    assert.deepEqual([changes, events], [['u1'], []]);
    server.close();
  });

  it('holds the other probes back until the startup probe has succeeded', async () => {
    const probe = (name: string) => ({ exec: { command: [name] }, periodSeconds: 0.05 });
    exitCode = 1;
    const subject = pod({
      startupProbe: { ...probe('startup'), failureThreshold: 100 },
      readinessProbe: probe('ready'),
    });
    manager.sync(subject, running('a'));
    await eventually('some startup probes', () => commands.length >= 3);
    assert.deepEqual([...new Set(commands)], ['a startup']);
    exitCode = 0;
    await eventually('ready', () => manager.health('a').readiness === 'success');
    const times = commands.filter((command) => command === 'a startup').length;
    await sleep(80);
    assert.equal(commands.filter((command) => command === 'a startup').length, times);
  });

  it('reports regular failures, and begins afresh with a new container', async () => {
    exitCode = 1;
    const subject = pod({ livenessProbe: { exec: { command: ['x'] }, periodSeconds: 0.03, failureThreshold: 2 } });
    manager.sync(subject, running('a'));
    await eventually('failed', () => manager.health('a').liveness === 'failure');
    const event = 'Warning Unhealthy Liveness probe failed: said spec.containers{web}';
    assert.deepEqual(events, [event, event]);
    await sleep(60);
    assert.equal(commands.length, 2);
    manager.sync(subject, running('b'));
    assert.equal(manager.health('a').liveness, 'unknown');
    assert.equal(manager.health('b').liveness, 'unknown');
    await eventually('failed again', () => manager.health('b').liveness === 'failure');
  });

  it('keeps containers ready that were so before the kubelet was restarted', async () => {
    const status = {
      containerStatuses: [
        {
          name: 'web',
          containerID: 'containerd://a',
          ready: true,
          started: true,
          image: 'x',
          imageID: 'x',
          restartCount: 0,
        },
      ],
    };
    const probe = { exec: { command: ['x'] }, periodSeconds: 0.05, failureThreshold: 2 };
    exitCode = 1;
    manager.sync(pod({ readinessProbe: probe, startupProbe: probe }, status), running('a', Date.now() - 3600_000));
    assert.deepEqual(manager.health('a'), { liveness: 'success', readiness: 'success', startup: 'success' });
    assert.equal(events.length, 0);
    await eventually('not ready', () => manager.health('a').readiness === 'failure');
    assert.ok(events.length >= 2);
  });

  it('stops when it is told', async () => {
    const probe = { exec: { command: ['x'] }, periodSeconds: 0.02 };
    manager.sync(
      pod({ readinessProbe: probe, livenessProbe: { ...probe, exec: { command: ['live'] } } }),
      running('a'),
    );
    await eventually('probed', () => commands.includes('a live'));
    manager.stopLivenessAndStartup('u1');
    commands.length = 0;
    await eventually('some readiness probes', () => commands.length >= 3);
    assert.deepEqual([...new Set(commands)], ['a x']);
    manager.stop('u1');
    commands.length = 0;
    await sleep(50);
    assert.deepEqual(commands, []);
    assert.equal(manager.health('a').readiness, 'unknown');
  });
});

describe('hooks', () => {
  const run = (
    handler: LifecycleHandler,
    exec: ExecInContainer,
    signal = new AbortController().signal,
  ): Promise<void> => {
    const subject = pod({});
    const [container] = subject.spec.containers;
    assert.ok(container);
    return runHandler({ pod: subject, container, containerId: 'a', handler, address: '127.0.0.1', exec, signal });
  };
  const never: ExecInContainer = () => new Promise(() => undefined);

  it('runs commands without a limit of time', async () => {
    const calls: unknown[] = [];
    await run({ exec: { command: ['x', 'y'] } }, async (...call) => {
      calls.push(call);
      return { exitCode: 0, output: '' };
    });
    assert.deepEqual(calls, [['a', ['x', 'y'], 0]]);
  });

  it('tells what a failed command said', async () => {
    await assert.rejects(
      run({ exec: { command: ['x', 'y'] } }, () => Promise.resolve({ exitCode: 3, output: 'oh\n' })),
      {
        message:
          'Exec lifecycle hook ([x y]) for Container "web" in Pod "web-1_shop(u1)" failed - ' +
          'error: command \'x y\' exited with 3: oh\n, message: "oh\\n"',
      },
    );
  });

  it('wants an answer over HTTP, whatever it says', async () => {
    const server = createServer((_request, response) => response.writeHead(500).end());
    server.listen(0, '127.0.0.1');
    await new Promise((resolve) => server.once('listening', resolve));
    const { port } = server.address() as AddressInfo;
    await run({ httpGet: { port, path: '/bye' } }, never);
    await run({ httpGet: { port, path: '/bye', scheme: 'HTTPS' } }, never);
    await new Promise((resolve) => {
      server.close(resolve);
    });
    await assert.rejects(run({ httpGet: { port, path: '/bye' } }, never), {
      message: /^HTTP lifecycle hook \("\/bye"\) .* - error: Get .* connection refused$/,
    });
  });

  it('ends with the grace period', async () => {
    await run({ sleep: { seconds: 3600 } }, never, AbortSignal.timeout(10));
    await run({ exec: { command: ['x'] } }, never, AbortSignal.timeout(10));
  });

  it('refuses what upstream refuses', async () => {
    await assert.rejects(run({ tcpSocket: { port: 1 } }, never), { code: 'HookFailed' });
  });
});
