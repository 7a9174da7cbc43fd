import type { Socket } from 'node:dgram';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { connect, createServer } from 'node:net';
import type { Answer, DecodedPacket, Packet, RecordType } from 'dns-packet';
import dnsPacket from 'dns-packet';
import { StreamMessages, withLength } from '../wire/stream.ts';

/** What a test's server says to a query; nothing when it is to stay silent. */
export type Script = (query: DecodedPacket, protocol: 'udp' | 'tcp') => Packet | undefined;

export interface ScriptedServer extends AsyncDisposable {
  /** `127.0.0.1:PORT`. */
  readonly address: string;
  /** The queries so far, as `udp A example.org`. */
  readonly asked: string[];
  script: Script;
}

/** A port on the loopback address that is free for UDP and TCP. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

/** A DNS server whose answers the test makes; it repeats id and question by itself. */
export async function scriptedServer(script: Script, port?: number): Promise<ScriptedServer> {
  const asked: string[] = [];
  const udp = createSocket('udp4');
  const answer = (bytes: Buffer, protocol: 'udp' | 'tcp'): Buffer | undefined => {
    const query = dnsPacket.decode(bytes);
    const [question] = query.questions ?? [];
    asked.push(`${protocol} ${question?.type} ${question?.name}`);
    const packet = result.script(query, protocol);
    if (packet === undefined) return undefined;
    return dnsPacket.encode({ type: 'response', id: query.id, questions: query.questions ?? [], ...packet });
  };
  const tcp = createServer((socket) => {
    const messages = new StreamMessages();
    socket.on('error', () => undefined);
    socket.on('data', (chunk) => {
      for (const message of messages.push(chunk)) {
        const response = answer(message, 'tcp');
        if (response !== undefined) socket.write(withLength(response));
      }
    });
  });
  tcp.listen(port ?? (await freePort()), '127.0.0.1');
  await once(tcp, 'listening');
  const { port: bound } = tcp.address() as AddressInfo;
  udp.on('message', (bytes, from) => {
    const response = answer(bytes, 'udp');
    if (response !== undefined) udp.send(response, from.port, from.address);
  });
  udp.bind(bound, '127.0.0.1');
  await once(udp, 'listening');
  const result: ScriptedServer = {
    address: `127.0.0.1:${bound}`,
    asked,
    script,
    async [Symbol.asyncDispose]() {
      udp.close();
      tcp.close();
      await once(tcp, 'close');
    },
  };
  return result;
}

export const a = (name: string, data: string, ttl = 60): Answer => ({ type: 'A', name, data, ttl });
export const cname = (name: string, data: string, ttl = 60): Answer => ({ type: 'CNAME', name, data, ttl });
export const soa = (name: string, minimum = 60, ttl = 60): Answer => ({
  type: 'SOA',
  name,
  ttl,
  data: { mname: `ns.${name}`, rname: `root.${name}`, serial: 1, refresh: 1, retry: 1, expire: 1, minimum },
});

export interface AskOptions {
  readonly type?: RecordType;
  readonly protocol?: 'udp' | 'tcp';
  readonly edns?: number;
}

/** Asks a server on the loopback address. */
export async function ask(port: number, name: string, options: AskOptions = {}): Promise<DecodedPacket> {
  const { type = 'A', protocol = 'udp', edns } = options;
  const additionals = edns === undefined ? [] : [{ type: 'OPT', name: '.', udpPayloadSize: edns } as Answer];
  const packet: Packet = { type: 'query', id: 4711, flags: 0x100, questions: [{ type, name }], additionals };
  const bytes = dnsPacket.encode(packet);
  return dnsPacket.decode(protocol === 'udp' ? await overUdp(port, bytes) : await overTcp(port, bytes));
}

/** Sends bytes and gives back the first datagram that comes; rejects when none comes in time. */
export async function overUdp(port: number, bytes: Uint8Array, timeoutMs = 3000): Promise<Buffer> {
  const socket: Socket = createSocket('udp4');
  try {
    socket.send(bytes, port, '127.0.0.1');
    const [message] = (await once(socket, 'message', { signal: AbortSignal.timeout(timeoutMs) })) as [Buffer];
    return message;
  } finally {
    socket.close();
  }
}

async function overTcp(port: number, bytes: Uint8Array): Promise<Buffer> {
  const socket = connect(port, '127.0.0.1');
  try {
    socket.write(withLength(bytes));
    const messages = new StreamMessages();
    for await (const chunk of socket) {
      for (const message of messages.push(chunk as Buffer)) return message;
    }
    throw new Error('the server closed the connection');
  } finally {
    socket.destroy();
  }
}

/** The data of the answers, in order. */
export function dataOf({ answers = [] }: DecodedPacket): unknown[] {
  return answers.map((answer) => (answer as { data?: unknown }).data);
}

/** The response code's number. */
export function rcodeOf({ flags = 0 }: DecodedPacket): number {
  return flags & 0xf;
}
