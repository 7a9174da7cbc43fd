import { Command } from 'commander';
import { requireCluster } from '../../cluster/find.ts';
import type { ClusterStatus } from '../../cluster/status.ts';
import { statusOf } from '../../cluster/status.ts';
import { nameOption } from '../options.ts';
import { paint } from '../progress.ts';
import { formatTable } from '../table.ts';

/** Beyond so many Services a list helps nobody. */
const mostServices = 5;

export function statusCommand(): Command {
  return new Command('status')
    .description('show nodes, components, addresses and ports, what is wrong and what to do about it')
    .addOption(nameOption())
    .option('--json', 'for programs')
    .action(async ({ name, json }: { name: string; json?: true }) => {
      const { config, paths } = requireCluster(name);
      const status = await statusOf(config, paths);
      process.stdout.write(json === true ? `${JSON.stringify(status, null, 2)}\n` : describeStatus(status));
      process.exitCode = status.state === 'degraded' ? 3 : 0;
    });
}

/** The status as a person reads it. */
export function describeStatus(status: ClusterStatus): string {
  const colour = ({ running: 'green', degraded: 'red', stopped: 'dim' } as const)[status.state];
  const lines = [
    `Cluster ${status.name}: ${paint(process.stdout, colour, status.state)}, Kubernetes ${status.version}${status.isolated ? ', isolated' : ''}`,
    '',
    ...formatTable([
      ['API server', status.apiServer],
      ['Kubeconfig', status.kubeconfig],
      ['Data', status.dataDirectory],
      ...status.published.filter(({ what }) => what !== 'API').map(({ what, address }) => [what, address]),
    ]),
    '',
    ...formatTable([
      ['NODE', 'READY', 'ADDRESS', 'PODS', 'SERVICES BY'],
      ...status.nodes.map(({ name, ready, address, podRange, dataPlane }) => [
        name,
        ready,
        address,
        podRange,
        dataPlane === undefined ? '-' : `${dataPlane.plane} (${dataPlane.why})`,
      ]),
    ]),
  ];
  if (status.components.length > 0) {
    lines.push(
      '',
      ...formatTable([
        ['COMPONENT', 'STATE', 'PROCESS'],
        ...status.components.map(({ name, state, pid }) => [name, state, pid === undefined ? '-' : String(pid)]),
      ]),
    );
  }
  for (const { what, remedy } of status.problems)
    lines.push('', `${paint(process.stdout, 'red', '✗')} ${what}`, `  → ${remedy}`);
  const unanswered = status.unansweredServices.slice(0, mostServices);
  for (const key of unanswered) {
    const [namespace, name] = key.split('/');
    lines.push(
      '',
      `! Service ${key} has no ready pod`,
      `  → "kubectl describe service ${name} -n ${namespace}" says why`,
    );
  }
  const more = status.unansweredServices.length - unanswered.length;
  if (more > 0) lines.push('', `! ${more} more Services have no ready pod`);
  if (status.state === 'stopped')
    lines.push('', `"cox up${status.name === 'cox' ? '' : ` --name ${status.name}`}" starts it.`);
  return `${lines.join('\n')}\n`;
}
