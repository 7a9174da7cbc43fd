import { isIPv4 } from 'node:net';
import type { Pod } from '../../api/core/pod.schema.ts';
import type { Fragment, Protocol } from '../model.ts';
import { addressKey, portKey } from '../model.ts';
import { isPort } from '../../system/ipv4.ts';
import { FragmentBuilder } from './fragment.ts';
import { digestName } from './names.ts';
import { rule } from './skeleton.ts';

/**
 * The rules for the `hostPort`s of a pod of this node: its containers answer on the node's addresses, or on `hostIP`.
 * A pod in the node's own network, or one that has ended, adds none.
 */
export function planHostPorts(pod: Pod): Fragment {
  const builder = new FragmentBuilder();
  const { podIP, phase } = pod.status ?? {};
  const ended = phase === 'Succeeded' || phase === 'Failed';
  if (pod.spec.hostNetwork === true || ended || podIP === undefined || !isIPv4(podIP)) return builder.build();
  const sidecars = (pod.spec.initContainers ?? []).filter(({ restartPolicy }) => restartPolicy === 'Always');
  for (const { ports = [] } of [...sidecars, ...pod.spec.containers]) {
    for (const { hostPort, containerPort, protocol = 'TCP', hostIP } of ports) {
      if (!isPort(hostPort) || !isPort(containerPort)) continue;
      planPort(builder, {
        id: `${pod.metadata.uid}:${hostIP ?? ''}:${hostPort}/${protocol}`,
        target: { ip: podIP, port: containerPort },
        hostPort,
        hostIP: hostIP === undefined || hostIP === '' || hostIP === '0.0.0.0' ? undefined : hostIP,
        protocol,
      });
    }
  }
  return builder.build();
}

interface HostPort {
  readonly id: string;
  readonly target: { readonly ip: string; readonly port: number };
  readonly hostPort: number;
  readonly hostIP: string | undefined;
  readonly protocol: Protocol;
}

function planPort(builder: FragmentBuilder, { id, target, hostPort, hostIP, protocol }: HostPort): void {
  if (hostIP !== undefined && !isIPv4(hostIP)) return;
  const chain = builder.chain(digestName('host-port', id), [
    // The pod could not answer 127.0.0.1; its own node's other addresses it can.
    rule([{ match: 'source', in: ['127.0.0.0/8'] }], { action: 'mark' }),
    rule([{ match: 'protocol', protocol }], { action: 'translate', to: [target] }),
  ]);
  if (hostIP === undefined) {
    builder.verdict('host-ports', portKey(protocol, hostPort), { goto: chain });
  } else {
    builder.verdict('host-port-ips', addressKey(hostIP, protocol, hostPort), { goto: chain });
  }
  builder.hairpin(target, protocol);
  if (protocol === 'UDP') builder.udpDestination(`${hostIP ?? ''}:${hostPort}`, [target]);
}
