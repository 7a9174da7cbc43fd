import { mkdir, readFile } from 'node:fs/promises';
import { exec, ExecError } from '../system/exec.ts';
import { withTemporaryFile } from '../system/files.ts';

/** Something that the machine must have, and what to do where it has not. */
export interface MissingFeature {
  readonly feature: string;
  /** What was tried, and what came of it. */
  readonly missing: string;
  readonly remedy: string;
}

/** One transaction with every expression that our tables use; it is checked, never carried out for good. */
const expressions: readonly (readonly [feature: string, rules: string])[] = [
  [
    'nf_tables address translation',
    `add chain ip t c { type nat hook prerouting priority dstnat; }
add rule ip t c meta l4proto 6 dnat ip to numgen random mod 2 map { 0 : 10.0.0.1 . 80, 1 : 10.0.0.2 . 80 }
add chain ip t o { type nat hook output priority -100; }
add chain ip t p { type nat hook postrouting priority srcnat; }
add rule ip t p meta mark & 0x4000 == 0x4000 masquerade fully-random`,
  ],
  [
    'nf_tables verdict maps and dynamic sets',
    `add map ip t m { type ipv4_addr . inet_proto . inet_service : verdict; }
add set ip t s { type ipv4_addr; flags dynamic,timeout; timeout 60s; }
add chain ip t c
add rule ip t c ip daddr . meta l4proto . th dport vmap @m
add rule ip t c update @s { ip saddr }`,
  ],
  [
    'nf_tables fib and hash expressions',
    `add chain ip t c { type nat hook output priority -100; }
add rule ip t c fib daddr type local tcp dport 80 dnat to jhash ip saddr mod 2 seed 0x1 map { 0 : 10.0.0.1, 1 : 10.0.0.2 }`,
  ],
  [
    'nf_tables reject and connection tracking',
    `add chain ip t c { type filter hook forward priority 0; }
add rule ip t c ct state new meta l4proto 6 reject with tcp reset
add rule ip t c ct status dnat reject with icmp type port-unreachable`,
  ],
];

/**
 * Tries, in a network namespace of its own that ends with the attempt, each kernel feature that the network needs.
 * Needs root. `directory` is a folder on tmpfs. Returns what is missing: nothing, where all is well.
 */
export async function checkKernelFeatures(directory: string): Promise<readonly MissingFeature[]> {
  await mkdir(directory, { recursive: true, mode: 0o700 });
  const tools = await Promise.all(['ip', 'nft', 'nsenter', 'unshare'].map(checkTool));
  const missingTools = tools.filter((found) => found !== undefined);
  if (missingTools.length > 0) return missingTools;
  const attempts: Promise<MissingFeature | undefined>[] = [
    attempt(
      'network namespaces',
      ['true'],
      'Run as root on a kernel with CONFIG_NET_NS; in a container, give it CAP_SYS_ADMIN.',
    ),
    attempt(
      'veth links',
      ['ip', 'link', 'add', 'v0', 'type', 'veth', 'peer', 'name', 'v1'],
      'Load the module with `modprobe veth`, or use a kernel with CONFIG_VETH.',
    ),
    attempt(
      'bridges',
      ['ip', 'link', 'add', 'b0', 'type', 'bridge'],
      'Load the module with `modprobe bridge`, or use a kernel with CONFIG_BRIDGE.',
    ),
    ...expressions.map(([feature, rules]) => attemptRules(feature, rules, directory)),
  ];
  const found = await Promise.all([...attempts, checkOverlay()]);
  return found.filter((missing) => missing !== undefined);
}

const packages: Readonly<Record<string, string>> = {
  ip: 'iproute2',
  nft: 'nftables',
  nsenter: 'util-linux',
  unshare: 'util-linux',
};

async function checkTool(name: string): Promise<MissingFeature | undefined> {
  try {
    await exec([name, '--version'], { acceptExitCodes: [0, 1, 255] });
    return undefined;
  } catch (error) {
    if (!(error instanceof ExecError)) throw error;
    return { feature: `the command ${name}`, missing: error.message, remedy: `apt-get install ${packages[name]}` };
  }
}

async function attempt(feature: string, argv: readonly string[], remedy: string): Promise<MissingFeature | undefined> {
  try {
    await exec(['unshare', '--net', '--', ...argv]);
    return undefined;
  } catch (error) {
    if (!(error instanceof ExecError)) throw error;
    return { feature, missing: error.message, remedy };
  }
}

function attemptRules(feature: string, rules: string, directory: string): Promise<MissingFeature | undefined> {
  const remedy =
    'Use a kernel of version 5.10 or newer with its nf_tables modules installed (package linux-modules-*).';
  return withTemporaryFile(directory, `add table ip t\n${rules}\n`, (path) =>
    attempt(feature, ['nft', '-f', path], remedy),
  );
}

async function checkOverlay(): Promise<MissingFeature | undefined> {
  const known = async (): Promise<boolean> => /\boverlay$/m.test(await readFile('/proc/filesystems', 'utf8'));
  if (await known()) return undefined;
  try {
    await exec(['modprobe', 'overlay']);
  } catch (error) {
    if (!(error instanceof ExecError)) throw error;
  }
  if (await known()) return undefined;
  return {
    feature: 'the overlay file system',
    missing: '/proc/filesystems does not list overlay, and its module cannot be loaded',
    remedy: 'Use a kernel with CONFIG_OVERLAY_FS, or load its module with `modprobe overlay`.',
  };
}

type Chain = { family: string; table: string; name: string; hook?: string; policy?: string };

/**
 * Other programs' firewalls that are in the cluster's way: one that drops what is forwarded, as Docker's does, keeps
 * pods from the outside; one that drops what comes in, as ufw's does, keeps nodes from the API server. Their tables are
 * not ours to change, so that the remedy is for a person to carry out.
 */
export async function findFirewallBlocks(bridge: string, isolated: boolean): Promise<readonly MissingFeature[]> {
  const { stdout } = await exec(['nft', '-j', 'list', 'chains']);
  const answer = JSON.parse(stdout) as { readonly nftables?: readonly { readonly chain?: Chain }[] };
  return firewallBlocks(
    (answer.nftables ?? []).flatMap(({ chain }) => (chain === undefined ? [] : [chain])),
    bridge,
    isolated,
  );
}

/** As `findFirewallBlocks`, from the chains of all tables. */
export function firewallBlocks(chains: readonly Chain[], bridge: string, isolated: boolean): readonly MissingFeature[] {
  const dropping = (hook: string): Chain | undefined =>
    chains.find((chain) => chain.hook === hook && chain.policy === 'drop' && ['ip', 'inet'].includes(chain.family));
  const blocks: MissingFeature[] = [];
  const input = dropping('input');
  if (input !== undefined) {
    const hasUfw = chains.some(({ name }) => name.startsWith('ufw-'));
    blocks.push({
      feature: 'nodes reaching the API server on the host',
      missing: `chain ${input.name} of table ${input.family} ${input.table} drops what comes in`,
      remedy: hasUfw ? `ufw allow in on ${bridge}` : `iptables -I INPUT -i ${bridge} -j ACCEPT`,
    });
  }
  const forward = dropping('forward');
  if (forward !== undefined && !isolated) {
    const chain = chains.some(({ name }) => name === 'DOCKER-USER') ? 'DOCKER-USER' : 'FORWARD';
    blocks.push({
      feature: 'pods reaching the outside',
      missing: `chain ${forward.name} of table ${forward.family} ${forward.table} drops what is forwarded`,
      remedy: `iptables -I ${chain} -i ${bridge} -j ACCEPT && iptables -I ${chain} -o ${bridge} -j ACCEPT`,
    });
  }
  return blocks;
}
