import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { IncomingMessage, RequestListener, Server } from 'node:http';
import { appendFile, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { once } from 'node:events';
import { Agent, request as httpsRequest } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { after, before, describe, test } from 'node:test';
import { WebSocket, WebSocketServer } from 'ws';
import { endpoints, services } from '../../../src/api/resources.ts';
import { ExecError, exec, execBytes } from '../../../src/system/exec.ts';
import { podAddress, Running, StreamCluster } from './cluster.ts';

/** More kubectls than the machine's own, as paths: `COX_TEST_KUBECTLS=/opt/1.29/kubectl:/opt/1.35/kubectl`. */
const kubectls = ['kubectl', ...(process.env['COX_TEST_KUBECTLS'] ?? '').split(':').filter((path) => path !== '')];

const cluster = new StreamCluster();
const folderName = mkdtemp(join(tmpdir(), 'cox-streams-test-'));
const payload = randomBytes(3_000_000);
let folder = '';
const webs: Server[] = [];
let webPort = 0;

before(async () => {
  folder = await folderName;
  const answer: RequestListener = (request, response) => {
    if (request.url === '/reset') request.socket.resetAndDestroy();
    else if (request.url === '/large') response.end(payload);
    else if (request.url === '/redirect') response.writeHead(302, { location: '/elsewhere' }).end();
    else if (request.url === '/page')
      response.writeHead(200, { 'content-type': 'text/html' }).end('<a href="/next">next</a>');
    else if (request.method === 'POST') request.pipe(response);
    else response.end(JSON.stringify({ url: request.url, headers: request.headers }));
  };
  // On loopback for port-forward, on the pod's address for the proxy, under one port.
  for (const host of ['127.0.0.1', podAddress]) {
    const web = createServer(answer);
    web.listen(webPort, host);
    await once(web, 'listening');
    webPort = (web.address() as AddressInfo).port;
    new WebSocketServer({ server: web, path: '/socket' }).on('connection', (socket) => {
      socket.on('message', (message: Buffer) => socket.send(message));
    });
    webs.push(web);
  }
  await cluster.start();
  await cluster.addPod('web', ['web'], { hostPort: webPort, log: '2026-01-02T03:04:05Z stdout F hello\n' });
  await cluster.addPod('two', ['first', 'second'], { log: '' });
  await cluster.addPod('waiting', ['web'], {
    log: '',
    status: { state: { waiting: { reason: 'ContainerCreating' } }, containerID: '' },
  });
});
after(async () => {
  await cluster[Symbol.asyncDispose]();
  for (const web of webs) {
    web.close();
    web.closeAllConnections();
  }
  await rm(folder, { recursive: true });
});

interface Outcome {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

async function run(binary: string, args: readonly string[], input?: string | Buffer): Promise<Outcome> {
  const { argv, env } = cluster.kubectl(binary, args);
  try {
    const { stdout, stderr } = await exec(argv, { env, ...(input === undefined ? {} : { input }) });
    return { code: 0, out: stdout, err: stderr };
  } catch (error) {
    if (!(error instanceof ExecError) || error.exitCode === undefined) throw error;
    return { code: error.exitCode, out: error.stdout, err: error.stderr };
  }
}

for (const binary of kubectls) {
  describe(binary, () => {
    test('exec: output, error output and exit code', async () => {
      const { code, out, err } = await run(binary, ['exec', 'web', '--', 'sh', '-c', 'echo out; echo err >&2; exit 7']);
      assert.deepEqual([code, out], [7, 'out\n']);
      assert.match(err, /^err$/m);
      assert.match(err, /command terminated with exit code 7/);
    });

    test('exec: stdin that ends, megabytes both ways', async () => {
      const { argv, env } = cluster.kubectl(binary, ['exec', '-i', 'web', '--', 'cat']);
      const { stdout } = await execBytes(argv, { env, input: payload });
      assert.ok(stdout.equals(payload));
    });

    const refusals: Record<string, { args: readonly string[]; message: RegExp }> = {
      'no such pod': { args: ['exec', 'nope', '--', 'true'], message: /pods "nope" not found/ },
      'no such container': {
        args: ['exec', 'web', '-c', 'x', '--', 'true'],
        message: /container x is not valid for pod web/,
      },
      'not started': {
        args: ['exec', 'waiting', '--', 'true'],
        message: /unable to upgrade connection: container not found \("web"\)/,
      },
      'log of what has not started': {
        args: ['logs', 'waiting'],
        message: /\(BadRequest\): container "web" in pod "waiting" is waiting to start: ContainerCreating/,
      },
      'no previous log': {
        args: ['logs', '-p', 'web'],
        message: /\(BadRequest\): previous terminated container "web" in pod "web" not found/,
      },
    };
    for (const [name, { args, message }] of Object.entries(refusals)) {
      test(`refuses: ${name}`, async () => {
        const { code, err } = await run(binary, args);
        assert.equal(code, 1);
        assert.match(err, message);
      });
    }

    test('cp, both ways', async () => {
      const [from, there, back] = ['from', 'there', 'back'].map((name) => join(folder, name)) as [
        string,
        string,
        string,
      ];
      await writeFile(from, payload);
      assert.equal((await run(binary, ['cp', from, `web:${there}`])).code, 0);
      assert.equal((await run(binary, ['cp', `web:${there}`, back])).code, 0);
      assert.ok((await readFile(back)).equals(payload));
    });

    test('attach', async () => {
      assert.equal((await run(binary, ['attach', '-i', 'web'], 'through and back')).out, 'through and back');
    });

    test('logs -f shows new lines and ends with the container', async () => {
      const pod = `log-${kubectls.indexOf(binary)}`;
      await cluster.addPod(pod, ['web'], { log: '2026-01-02T03:04:05Z stdout F one\n' });
      await using logs = new Running(cluster.kubectl(binary, ['logs', '-f', pod]));
      await logs.until(/one\n$/);
      await appendFile(cluster.logFile(pod), '2026-01-02T03:04:06Z stderr F two\n');
      await logs.until(/one\ntwo\n$/);
      const closed = once(logs.child, 'close');
      cluster.end(pod);
      assert.deepEqual(await closed, [0, null]);
    });

    test('port-forward: many connections, and one that breaks', async () => {
      await using forward = new Running(cluster.kubectl(binary, ['port-forward', 'web', `:${webPort}`]));
      const [, port = ''] = await forward.until(/127\.0\.0\.1:(\d+) ->/);
      const fetchPath = async (path: string): Promise<Buffer> => {
        const response = await fetch(`http://127.0.0.1:${port}${path}`);
        return Buffer.from(await response.arrayBuffer());
      };
      assert.ok((await fetchPath('/large')).equals(payload));
      await assert.rejects(fetchPath('/reset'));
      const answers = await Promise.all(Array.from({ length: 20 }, (_, index) => fetchPath(`/${index}`)));
      assert.deepEqual(
        answers.map((answer) => (JSON.parse(answer.toString()) as { url: string }).url),
        Array.from({ length: 20 }, (_, index) => `/${index}`),
      );
    });

    test('port-forward: a refused connection says so', async () => {
      await using forward = new Running(cluster.kubectl(binary, ['port-forward', 'web', ':1']));
      const [, port = ''] = await forward.until(/127\.0\.0\.1:(\d+) ->/);
      await assert.rejects(fetch(`http://127.0.0.1:${port}/`));
      await forward.until(
        /error forwarding port 1 to pod web, uid .*: dial tcp4 127\.0\.0\.1:1: connect: connection refused/,
      );
    });
  });
}

test('a terminal: its size goes through', async () => {
  const { argv, env } = cluster.kubectl('kubectl', ['exec', '-it', 'web', '--', 'sh', '-c', 'sleep 0.3; echo done']);
  const script = [
    'script',
    '-qec',
    `stty rows 33 cols 77; ${argv.join(' ').replace(/sh -c (.*)$/, "sh -c '$1'")}`,
    '/dev/null',
  ];
  const { stdout } = await exec(script, { env });
  assert.match(stdout, /done/);
  assert.match(cluster.runtime.resizes.join(''), /"Width":77,"Height":33/);
});

const raw = async (path: string): Promise<string> => (await run('kubectl', ['get', '--raw', `/api/v1${path}`])).out;
interface Seen {
  readonly url: string;
  readonly headers: Record<string, string>;
}

test('proxy to a pod: path and query go through, credentials do not', async () => {
  const seen = JSON.parse(await raw('/namespaces/default/pods/web/proxy/a/b/?x=1&y=2')) as Seen;
  assert.equal(seen.url, '/a/b/?x=1&y=2');
  assert.equal(seen.headers['authorization'], undefined);
  assert.equal(seen.headers['x-forwarded-uri'], '/api/v1/namespaces/default/pods/web/proxy/a/b/');
});

test('proxy to a pod: large bodies, and a port where nobody listens', async () => {
  const { argv, env } = cluster.kubectl('kubectl', ['get', '--raw', '/api/v1/namespaces/default/pods/web/proxy/large']);
  assert.ok((await execBytes(argv, { env })).stdout.equals(payload));
  const { err } = await run('kubectl', ['get', '--raw', '/api/v1/namespaces/default/pods/web:1/proxy/']);
  assert.match(
    err,
    /\(ServiceUnavailable\): error trying to reach service: dial tcp \S+:1: connect: connection refused/,
  );
});

test('proxy to a pod: redirects and the links of pages lead back through it', async () => {
  const prefix = '/api/v1/namespaces/default/pods/web/proxy';
  assert.equal(await raw('/namespaces/default/pods/web/proxy/page'), `<a href="${prefix}/next">next</a>`);
  // kubectl follows the redirect, which leads to the page that shows its own URL.
  assert.equal((JSON.parse(await raw('/namespaces/default/pods/web/proxy/redirect')) as Seen).url, '/elsewhere');
  assert.equal((JSON.parse(await raw('/namespaces/default/pods/web/proxy')) as Seen).url, '/');
});

test('proxy to a service: by name of port, by number, and without endpoints', async () => {
  const ports = [{ name: 'http', port: 80, protocol: 'TCP' as const, targetPort: webPort }];
  await cluster.client.create(services, {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: 'web', namespace: 'default' },
    spec: { ports, selector: { app: 'web' } },
    status: {},
  } as never);
  await cluster.client.create(endpoints, {
    apiVersion: 'v1',
    kind: 'Endpoints',
    metadata: { name: 'web', namespace: 'default' },
    subsets: [
      {
        addresses: [{ ip: podAddress, targetRef: { kind: 'Pod', name: 'web', namespace: 'default' } }],
        ports: [{ name: 'http', port: webPort, protocol: 'TCP' }],
      },
    ],
  } as never);
  for (const name of ['web:http', 'web:80', 'http:web:http']) {
    const seen = JSON.parse(await raw(`/namespaces/default/services/${name}/proxy/here`)) as Seen;
    assert.equal(seen.url, '/here', name);
  }
  const wrong = await run('kubectl', ['get', '--raw', '/api/v1/namespaces/default/services/web:81/proxy/']);
  assert.match(wrong.err, /no service port 81 found for service "web"/);
  const none = await run('kubectl', ['get', '--raw', '/api/v1/namespaces/default/services/web:other/proxy/']);
  assert.match(none.err, /no endpoints available for service "web:other"/);
});

test('proxy to a node is the kubelet', async () => {
  assert.equal(await raw('/nodes/node-1/proxy/healthz'), 'ok');
  const list = JSON.parse(await raw('/nodes/node-1/proxy/pods')) as { kind: string; items: unknown[] };
  assert.equal(list.kind, 'PodList');
  assert.ok(list.items.length >= 3);
});

test('the kubelet lets nobody in but the API server', async () => {
  const { certificateFile, keyFile, authority } = cluster.adminFiles;
  const ca = await readFile(authority);
  const status = async (tls: object): Promise<number | undefined> => {
    const agent = new Agent({ ca, ...tls });
    const call = httpsRequest({ host: '127.0.0.1', port: cluster.kubeletPort, path: '/pods', agent });
    call.end();
    const [response] = (await once(call, 'response')) as [IncomingMessage];
    await buffer(response);
    return response.statusCode;
  };
  assert.equal(await status({}), 401);
  assert.equal(await status({ cert: await readFile(certificateFile), key: await readFile(keyFile) }), 403);
});

async function connect(path: string, protocol: string): Promise<{ socket: WebSocket; messages: Buffer[] }> {
  const { certificateFile, keyFile, authority } = cluster.adminFiles;
  const [ca, cert, key] = await Promise.all([authority, certificateFile, keyFile].map((file) => readFile(file)));
  const url = `wss://127.0.0.1:${cluster.apiPort}/api/v1/namespaces/default/pods/web/${path}`;
  const socket = new WebSocket(url, protocol === '' ? [] : [protocol], { ca, cert, key });
  const messages: Buffer[] = [];
  socket.on('message', (message: Buffer) => messages.push(message));
  await once(socket, 'open');
  return { socket, messages };
}

/** What came on a channel of the older protocols. */
const onChannel = (messages: readonly Buffer[], channel: number): string =>
  Buffer.concat(messages.flatMap((message) => (message[0] === channel ? [message.subarray(1)] : []))).toString();

test('exec over an older WebSocket protocol ends with its status', async () => {
  const path = `exec?stdout=true&stderr=true&${['sh', '-c', 'echo out; echo err >&2; exit 2'].map((word) => `command=${encodeURIComponent(word)}`).join('&')}`;
  for (const protocol of ['v4.channel.k8s.io', 'v5.channel.k8s.io']) {
    const { socket, messages } = await connect(path, protocol);
    const [code] = (await once(socket, 'close')) as [number];
    assert.equal(code, 1000, protocol);
    assert.deepEqual([onChannel(messages, 1), onChannel(messages, 2)], ['out\n', 'err\n']);
    assert.equal((JSON.parse(onChannel(messages, 3)) as { reason: string }).reason, 'NonZeroExitCode');
  }
  const { socket, messages } = await connect(path, 'base64.channel.k8s.io');
  await once(socket, 'close');
  const texts = messages.map((message) => message.toString());
  assert.ok(texts.includes(`1${Buffer.from('out\n').toString('base64')}`));
  assert.ok(texts.at(-1)?.startsWith('3'));
});

test('port-forward over the older WebSocket protocol', async () => {
  const { socket, messages } = await connect(`portforward?ports=${webPort}&ports=1`, 'v4.channel.k8s.io');
  socket.send(Buffer.from('\0GET /old HTTP/1.0\r\n\r\n'));
  await once(socket, 'close');
  const port = Buffer.alloc(2);
  port.writeUInt16LE(webPort);
  assert.ok(messages.some((message) => message[0] === 0 && message.subarray(1).equals(port)));
  assert.match(onChannel(messages, 0), /"url":"\/old"/);
  assert.match(onChannel(messages, 3), /connection refused/);
});

test('a WebSocket through the proxy to a pod', async () => {
  const { socket, messages } = await connect(`proxy/socket`, '');
  socket.send('ping');
  await once(socket, 'message');
  assert.equal(messages[0]?.toString(), 'ping');
  socket.terminate();
});

test('a stream that nobody upgraded is refused in words', async () => {
  const { err } = await run('kubectl', [
    'get',
    '--raw',
    '/api/v1/namespaces/default/pods/web/exec?command=true&stdout=true',
  ]);
  assert.match(err, /Upgrade request required/);
});
