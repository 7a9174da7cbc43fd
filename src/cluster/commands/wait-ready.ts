import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ApiClient } from '../../client/api-client.ts';
import { nodes } from '../../api/resources.ts';
import { clientWith } from '../access.ts';
import { componentNames } from '../components.ts';
import type { ClusterConfig } from '../config.ts';
import { nodesOf } from '../config.ts';
import { bridgeUrl } from '../network.ts';
import type { ClusterPaths } from '../paths.ts';
import { pkiFiles } from '../pki/plan.ts';
import { isReady } from '../ready.ts';
import { readProcesses } from '../supervisor/component-files.ts';
import { UserError } from '../user-error.ts';
import type { Steps } from './steps.ts';

/** So long each thing is waited for, in milliseconds. */
const patienceMs = 60_000;
const pollMs = 10;

interface Awaited {
  readonly title: string;
  /** Whose log says more when it does not come. */
  readonly components: readonly string[];
  /** What is still missing; empty when it is there. */
  readonly missing: () => Promise<readonly string[]> | readonly string[];
}

/** Waits until the API answers, all nodes are Ready, cluster DNS answers and Ingress is served, each shown as a step. */
export async function waitUntilReady(config: ClusterConfig, paths: ClusterPaths, steps: Steps): Promise<void> {
  const pki = pkiFiles(paths.pki);
  const access = clientWith({ server: bridgeUrl(config), pki, identity: pki.admin, userAgent: 'cox' });
  const names = nodesOf(config).map(({ name }) => name);
  try {
    await waitFor(paths, steps, {
      title: 'API server answers',
      components: [componentNames.server],
      missing: () => notDeclared(paths, [[componentNames.server, componentNames.server]]),
    });
    await waitFor(paths, steps, {
      title: `${names.length === 1 ? 'node is' : `${names.length} nodes are`} Ready`,
      components: names.flatMap((name) => [componentNames.agent(name), componentNames.containerd(name)]),
      missing: () => nodesNotReady(access.client, names),
    });
    await waitFor(paths, steps, {
      title: 'cluster DNS answers',
      components: names.map(componentNames.dns),
      missing: () =>
        notDeclared(
          paths,
          names.map((name) => [componentNames.dns(name), componentNames.dns(name)]),
        ),
    });
    await waitFor(paths, steps, {
      title: 'IngressClass nginx is served',
      components: names.flatMap((name) => [componentNames.nginx(name), componentNames.agent(name)]),
      missing: () =>
        notDeclared(
          paths,
          names.map((name) => [`${name}.ingress`, componentNames.agent(name)]),
        ),
    });
  } finally {
    await access.close();
  }
}

/** Of pairs of a thing and the component that declares it: the things that its present process has not declared. */
function notDeclared(
  paths: ClusterPaths,
  wanted: readonly (readonly [what: string, component: string])[],
): readonly string[] {
  const processes = readProcesses(paths);
  return wanted.filter(([what, component]) => !isReady(paths, what, processes.get(component))).map(([what]) => what);
}

async function nodesNotReady(client: ApiClient, names: readonly string[]): Promise<readonly string[]> {
  const { items } = await client.list(nodes);
  return names.filter((name) => {
    const node = items.find(({ metadata }) => metadata.name === name);
    return node?.status?.conditions?.find(({ type }) => type === 'Ready')?.status !== 'True';
  });
}

async function waitFor(paths: ClusterPaths, steps: Steps, awaited: Awaited): Promise<void> {
  await steps.step(awaited.title, async (note) => {
    const end = performance.now() + patienceMs;
    for (;;) {
      const missing = await awaited.missing();
      if (missing.length === 0) return;
      note(missing.join(', '));
      if (performance.now() > end) throw new UserError(tooLate(paths, awaited, missing));
      await sleep(pollMs);
    }
  });
}

function tooLate(paths: ClusterPaths, { title, components }: Awaited, missing: readonly string[]): string {
  const tails = components.flatMap((component) => {
    const lines = lastLines(join(paths.logs, `${component}.log`));
    return lines === '' ? [] : [`--- ${component}\n${lines}`];
  });
  const logs = tails.length === 0 ? '' : ` The last lines of their logs:\n${tails.join('\n')}`;
  return `waited ${patienceMs / 1000} s in vain for "${title}": missing is ${missing.join(', ')}. "cox status" says more; "cox down" stops what runs.${logs}`;
}

function lastLines(file: string): string {
  if (!existsSync(file)) return '';
  return readFileSync(file, 'utf8').trimEnd().split('\n').slice(-5).join('\n');
}
