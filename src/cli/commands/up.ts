import { resolve } from 'node:path';
import { Command, Option } from 'commander';
import { up } from '../../cluster/commands/up.ts';
import type { UpRequest } from '../../cluster/commands/request.ts';
import { maxNodes, parseEndpoints, parseMirror, parsePort, parsePortRange } from '../../cluster/config.ts';
import type { Mirror } from '../../cluster/config.ts';
import { UserError } from '../../cluster/user-error.ts';
import { checked, nameOption } from '../options.ts';
import { createProgress, formatDuration } from '../progress.ts';

function parseNodes(text: string): number {
  const nodes = Number(text);
  if (!/^\d+$/.test(text) || nodes < 1 || nodes > maxNodes)
    throw new UserError(`--nodes "${text}" is not a number from 1 to ${maxNodes}.`);
  return nodes;
}

const port = (flag: string, what: string, usual: number): Option =>
  new Option(`--${flag} <port>`, `${what}; 0 publishes none (default: ${usual})`).argParser(
    checked((text) => parsePort(`--${flag}`, text)),
  );

/** The options that `up` and `demo` share. */
export function withClusterOptions(command: Command): Command {
  return command
    .addOption(nameOption())
    .addOption(new Option('--nodes <count>', 'how many nodes (default: 2)').argParser(checked(parseNodes)))
    .option('--kubeconfig <file>', 'where the context goes (default: $KUBECONFIG, else ~/.kube/config)')
    .addOption(port('api-port', 'port of the API on this machine', 6443))
    .addOption(port('http-port', 'port of Ingress over HTTP', 80))
    .addOption(port('https-port', 'port of Ingress over HTTPS', 443))
    .addOption(
      new Option(
        '--node-port-range <first-last>',
        'ports for Services of type NodePort (default: 30000-32767)',
      ).argParser(checked(parsePortRange)),
    )
    .addOption(
      new Option('--mirror <registry=url>', 'where the images of a registry come from; may be repeated').argParser(
        (text: string, before: Mirror[] | undefined) => [...(before ?? []), checked(parseMirror)(text)],
      ),
    )
    .addOption(
      new Option(
        '--store <urls>',
        'an etcd that keeps the objects, its members with commas between (default: a file)',
      ).argParser(checked(parseEndpoints)),
    )
    .option('--store-ca <file>', 'the authority (PEM) that signed the certificate of etcd')
    .option('--store-cert <file>', 'the certificate (PEM) that etcd wants to see')
    .option('--store-key <file>', 'the key (PEM) of that certificate')
    .option(
      '--socket-balancing',
      'let the sockets of pods choose endpoints, by eBPF, where the kernel allows it (default)',
    )
    .option('--no-socket-balancing', 'leave every connection to a Service to nftables')
    .option('--data-dir <folder>', 'where the cluster keeps its data (default: /var/lib/cox/NAME)');
}

interface StoreFlags {
  readonly store?: readonly string[];
  readonly storeCa?: string;
  readonly storeCert?: string;
  readonly storeKey?: string;
}

function storeOf({ store, storeCa, storeCert, storeKey }: StoreFlags): Pick<UpRequest, 'store'> {
  if (store === undefined) {
    if ((storeCa ?? storeCert ?? storeKey) === undefined) return {};
    throw new UserError('--store-ca, --store-cert and --store-key go with --store: say where etcd is.');
  }
  if ((storeCert === undefined) !== (storeKey === undefined)) {
    throw new UserError('--store-cert and --store-key go together: give both or none.');
  }
  return {
    store: {
      endpoints: store,
      ...(storeCa === undefined ? {} : { caFile: resolve(storeCa) }),
      ...(storeCert === undefined ? {} : { certFile: resolve(storeCert) }),
      ...(storeKey === undefined ? {} : { keyFile: resolve(storeKey) }),
    },
  };
}

type Flags = Omit<UpRequest, 'store'> & StoreFlags & { readonly dataDir?: string; readonly mirror?: Mirror[] };

/** What the command line of `up` or `demo` asks for. */
export function requestOf(options: Flags): UpRequest {
  const { dataDir, mirror, store: _store, storeCa: _ca, storeCert: _cert, storeKey: _key, ...rest } = options;
  return {
    ...rest,
    ...storeOf(options),
    ...(dataDir === undefined ? {} : { dataDirectory: dataDir }),
    ...(mirror === undefined ? {} : { mirrors: mirror }),
  };
}

export function upCommand(): Command {
  return withClusterOptions(new Command('up').description('start a cluster, new or stopped, and wait until it serves'))
    .option('--isolated', 'nodes and pods have no way out of this machine')
    .action(async (options: Parameters<typeof requestOf>[0]) => {
      const started = performance.now();
      const progress = createProgress(process.stderr);
      const { config } = await up(requestOf(options), progress);
      progress.say(
        `Cluster "${config.name}" is up after ${formatDuration(performance.now() - started)}. Try: kubectl get nodes`,
      );
    });
}
