import assert from 'node:assert/strict';
import { once } from 'node:events';
import type { AddressInfo, Socket } from 'node:net';
import { connect, createServer } from 'node:net';
import { it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { WebSocket, WebSocketServer } from 'ws';
import { createLogger } from '../../../system/logger.ts';
import { ChannelSocket } from '../streams/channel-socket.ts';
import { channelProtocols } from '../streams/channels.ts';
import { serveChannelForward } from './websocket-channels.ts';

it('what a client sends before there is a connection is not lost', async () => {
  await using echo = createServer((socket) => socket.pipe(socket)).listen(0, '127.0.0.1');
  const server = new WebSocketServer({ port: 0, host: '127.0.0.1' });
  await Promise.all([once(echo, 'listening'), once(server, 'listening')]);
  const { port } = echo.address() as AddressInfo;
  const protocol = channelProtocols.find(({ name }) => name === 'v4.channel.k8s.io');
  assert.ok(protocol !== undefined);
  const dial = async (): Promise<Socket> => {
    await sleep(50);
    return connect(port, '127.0.0.1');
  };
  server.on('connection', (webSocket) => {
    const socket = new ChannelSocket(webSocket, protocol);
    const forward = { socket, ports: [port], dial, podName: 'web', logger: createLogger('test') };
    void serveChannelForward(forward);
  });
  const client = new WebSocket(`ws://127.0.0.1:${(server.address() as AddressInfo).port}`);
  await once(client, 'open');
  client.send(Buffer.from('\0hello'));
  const texts: string[] = [];
  const answered = Promise.withResolvers<void>();
  client.on('message', (message: Buffer) => {
    // The port's number comes first.
    if (message.length > 3) answered.resolve();
    texts.push(message.toString('latin1'));
  });
  await answered.promise;
  assert.equal(texts.at(-1), '\0hello');
  client.close();
  await once(client, 'close');
  server.close();
});
