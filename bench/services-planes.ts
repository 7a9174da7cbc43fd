import { mkdir, rm, rmdir } from 'node:fs/promises';
import pino from 'pino';
import type { DataPlane } from '../src/proxy/socket/balancer.ts';
import { SocketBalancer } from '../src/proxy/socket/balancer.ts';
import { exec } from '../src/system/exec.ts';
import { roundsProgram } from './services-programs.ts';

/** A server, straight and by two Services of which one alone is given to sockets. */
export interface PlaneTarget {
  readonly place: string;
  readonly pod: string;
  /** The process that answers. */
  readonly server: number;
  readonly byRules: string;
  readonly bySockets: string;
}

export interface PlanesOptions {
  /** The namespace of the client's pod, and its node's. */
  readonly pod: string;
  readonly node: string;
  readonly targets: readonly PlaneTarget[];
  /** Runs a program in the pod, and returns the JSON that it prints. */
  readonly measure: (pod: string, program: string, ...argv: readonly string[]) => Promise<unknown>;
}

const kinds = [
  ['bytes', 'Gbit/s', 2],
  ['requests', 'requests/s on 16 kept connections', 0],
  ['connections', 'new connections/s, 16 at a time', 0],
] as const;
const [millisecondsEach, rounds] = [200, 25];
const mount = '/run/cox-b-svc-bpf';

/** What was done in each round: a second, and a second of client's and server's processor time. */
type Figures = readonly (readonly [perSecond: number, perProcessorSecond: number])[];

/** From one pod to one server, by turns: straight, through a Service by rules, through one by sockets. Prints medians and ratios. */
export async function comparePlanes({ pod, node, targets, measure }: PlanesOptions): Promise<void> {
  await mkdir(mount, { recursive: true });
  await exec(['mount', '-t', 'bpf', 'cox-bench', mount]);
  let plane: DataPlane | undefined;
  const balancer = new SocketBalancer({
    directory: `${mount}/node-1`,
    logger: pino({ level: 'silent' }),
    onChange: (next) => (plane = next),
    namespacePrefix: pod,
    nodeNamespace: node,
  });
  try {
    for (const { place, pod: ip, bySockets } of targets) {
      balancer.set(`default/${place}`, new Map([[`${bySockets} 6 80`, [{ ip, port: 8080 }]]]));
    }
    await balancer.sync(true);
    if (plane?.plane !== 'sockets') console.log(`nftables alone: ${plane?.why}`);
    const rows: Record<string, Record<string, number>> = {};
    for (const { place, pod: ip, server, byRules, bySockets } of targets) {
      for (const [kind, unit, digits] of kinds) {
        const addresses = [`${ip}:8080`, `${byRules}:80`, ...(plane?.plane === 'sockets' ? [`${bySockets}:80`] : [])];
        const argv = [kind, String(millisecondsEach), String(rounds), String(server), ...addresses];
        const [straight = [], rules = [], sockets = []] = (await measure(pod, roundsProgram, ...argv)) as Figures[];
        const each = (figures: Figures): number => round(median(figures.map(([perSecond]) => perSecond)), digits);
        // Each round's own ratio: what slows one round slows all of it.
        const ratio = (figures: Figures, which: 0 | 1): number => {
          return round(
            median(figures.map((value, index) => value[which] / (straight[index]?.[which] ?? Number.NaN))),
            2,
          );
        };
        rows[`${place}: ${unit}`] = {
          straight: each(straight),
          'by nftables': each(rules),
          'by sockets': each(sockets),
          'nftables/straight': ratio(rules, 0),
          'sockets/straight': ratio(sockets, 0),
          'a CPU second: nftables/straight': ratio(rules, 1),
          'sockets/straight ': ratio(sockets, 1),
        };
      }
    }
    console.table(rows);
  } finally {
    await balancer.close();
    await rm(`${mount}/node-1`, { recursive: true, force: true });
    await exec(['umount', mount]);
    await rmdir(mount);
  }
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[sorted.length >> 1] ?? Number.NaN;
}

const round = (value: number, digits: number): number => Number(value.toFixed(digits));
