import { spawn, spawnSync } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { EtcdConnection } from '../connection.ts';
import type { EtcdEndpoints } from '../connection.ts';

/** Why tests of the driver are skipped; false where etcd is installed. */
export const withoutEtcd: string | false =
  spawnSync('etcd', ['--version']).error === undefined ? false : 'etcd is not installed (Debian: etcd-server)';

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  return port;
}

export interface EtcdServer extends AsyncDisposable {
  readonly url: string;
  /** Kills it without a warning. */
  kill(): Promise<void>;
  /** Starts it again on its own data. */
  restart(): Promise<void>;
}

export interface EtcdServerOptions {
  /** Arguments beyond the usual ones. */
  readonly args?: readonly string[];
  /** How it is spoken to, where that takes TLS. */
  readonly tls?: NonNullable<EtcdEndpoints['tls']>;
}

/** An etcd of one member on loopback, in a temporary folder. */
export async function startEtcd({ args = [], tls }: EtcdServerOptions = {}): Promise<EtcdServer> {
  const directory = await mkdtemp(join(tmpdir(), 'cox-etcd-'));
  const url = `${tls === undefined ? 'http' : 'https'}://127.0.0.1:${await freePort()}`;
  const peer = `http://127.0.0.1:${await freePort()}`;
  const all = [
    `--data-dir=${join(directory, 'data')}`,
    '--logger=zap',
    '--log-level=error',
    `--listen-client-urls=${url}`,
    `--advertise-client-urls=${url}`,
    `--listen-peer-urls=${peer}`,
    `--initial-advertise-peer-urls=${peer}`,
    `--initial-cluster=default=${peer}`,
    '--heartbeat-interval=20',
    '--election-timeout=200',
    ...args,
  ];
  let running: ChildProcess | undefined;
  const start = async (): Promise<void> => {
    running = spawn('etcd', all, { stdio: 'ignore' });
    const connection = new EtcdConnection({ endpoints: [url], ...(tls === undefined ? {} : { tls }) });
    try {
      await connection.call((kv, options) => kv.range({ key: Buffer.from('ready') }, options), 10_000);
    } finally {
      connection.close();
    }
  };
  const kill = async (): Promise<void> => {
    if (running === undefined || running.exitCode !== null || running.signalCode !== null) return;
    const gone = once(running, 'exit');
    running.kill('SIGKILL');
    await gone;
  };
  await start();
  return {
    url,
    kill,
    restart: start,
    async [Symbol.asyncDispose]() {
      await kill();
      await rm(directory, { recursive: true });
    },
  };
}
