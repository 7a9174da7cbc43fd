import assert from 'node:assert/strict';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { describe, test } from 'node:test';
import { WebSocket, WebSocketServer } from 'ws';
import { logProtocol, sendLog } from './log-socket.ts';

describe('the subprotocol of a log', () => {
  const chosen: Record<string, { offered: string | undefined; protocol: string | undefined }> = {
    'none is asked for': { offered: undefined, protocol: undefined },
    'the first that is known': { offered: 'x, base64.binary.k8s.io, binary.k8s.io', protocol: 'base64.binary.k8s.io' },
    'a token is none': {
      offered: 'base64url.bearer.authorization.k8s.io.YQ, binary.k8s.io',
      protocol: 'binary.k8s.io',
    },
  };
  for (const [name, { offered, protocol }] of Object.entries(chosen)) {
    test(name, () => assert.equal(logProtocol(offered), protocol));
  }
  test('refuses others', () => assert.throws(() => logProtocol('v4.channel.k8s.io'), { code: 403 }));
});

async function* chunks(...texts: readonly string[]): AsyncGenerator<Buffer> {
  for (const text of texts) yield Buffer.from(text);
}

/** What a client sees of a log: the messages, and the code with which the connection ends. */
async function received(log: AsyncIterable<Buffer>, protocol: ReturnType<typeof logProtocol>): Promise<unknown[]> {
  const server = new WebSocketServer({ host: '127.0.0.1', port: 0 });
  try {
    await once(server, 'listening');
    server.on('connection', (socket) => void sendLog(socket, log, protocol));
    const client = new WebSocket(`ws://127.0.0.1:${(server.address() as AddressInfo).port}`);
    const seen: unknown[] = [];
    client.on('message', (data: Buffer, isBinary) => seen.push(isBinary ? [data.toString()] : data.toString()));
    const [code] = (await once(client, 'close')) as [number];
    return [...seen, code];
  } finally {
    server.close();
  }
}

test('a log comes as bytes, or as base64 in text, after an empty message', async () => {
  assert.deepEqual(await received(chunks('one\n', 'two\n'), 'binary.k8s.io'), [[''], ['one\n'], ['two\n'], 1000]);
  assert.deepEqual(await received(chunks('one\n'), 'base64.binary.k8s.io'), ['', 'b25lCg==', 1000]);
});

test('a log that breaks off does not end in good order', async () => {
  async function* broken(): AsyncGenerator<Buffer> {
    yield Buffer.from('one\n');
    throw new Error('the kubelet has gone');
  }
  assert.equal((await received(broken(), undefined)).at(-1), 1006);
});
