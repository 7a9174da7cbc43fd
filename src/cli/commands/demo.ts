import { join } from 'node:path';
import { Command } from 'commander';
import { loadImage } from '../../cluster/commands/load-image.ts';
import type { UpResult } from '../../cluster/commands/up.ts';
import { up } from '../../cluster/commands/up.ts';
import { findCluster } from '../../cluster/find.ts';
import { UserError } from '../../cluster/user-error.ts';
import { buildDemoImages } from '../../images/demo/demo-images.ts';
import { exec } from '../../system/exec.ts';
import { findKubectl } from '../kubectl.ts';
import type { Progress } from '../progress.ts';
import { createProgress, formatDuration, paint } from '../progress.ts';
import { requestOf, withClusterOptions } from './up.ts';

const root = join(import.meta.dirname, '../../..');
const manifests = join(root, 'examples/course');
const imageCache = join(root, '.cache/images');

export function demoCommand(): Command {
  return withClusterOptions(
    new Command('demo').description(
      'start an isolated cluster and walk through the course: pod, Service, node port, Ingress',
    ),
  ).action(async (options: Parameters<typeof requestOf>[0]) => {
    const started = performance.now();
    const progress = createProgress(process.stderr);
    const request = requestOf(options);
    const known = findCluster(request.name);
    const result = await up(known === undefined ? { ...request, isolated: true } : request, progress);
    await loadImages(result, progress);
    await walk(result, progress);
    progress.say(
      `\nDone in ${formatDuration(performance.now() - started)}. The cluster stays up: try "./cox kubectl${nameFlag(result)} get all", "./cox status${nameFlag(result)}",`,
    );
    progress.say(`and "./cox delete${nameFlag(result)}" when you have seen enough.`);
  });
}

const nameFlag = ({ config }: UpResult): string => (config.name === 'cox' ? '' : ` --name ${config.name}`);

async function loadImages({ config, paths }: UpResult, progress: Progress): Promise<void> {
  const images = await progress.step('building images from Debian packages', (note) =>
    buildDemoImages(imageCache, note),
  );
  for (const { name, directory } of images) {
    await progress.step(`loading ${name}`, () => loadImage(config, paths, directory, name));
  }
}

/** One stop of the walk: the command as a person would type it, and what it answers. */
async function walk({ config, paths }: UpResult, progress: Progress): Promise<void> {
  const kubectl = findKubectl();
  const environment = { ...process.env, KUBECONFIG: paths.adminKubeconfig };
  const run = async (argv: readonly string[], timeoutMs = 120_000): Promise<string> =>
    (await exec([kubectl, ...argv], { timeoutMs, env: environment })).stdout.trim();
  const show = async (shown: string, answer: Promise<string>): Promise<string> => {
    const text = await answer;
    progress.say(`\n${paint(process.stderr, 'dim', '$')} ${shown}\n${text}`);
    return text;
  };
  const files = [
    'deployment-hello-flask',
    'deployment-python-debug',
    'service-hello-flask',
    'service-nodeport-hello-flask',
    'ingress-hello-flask',
  ];
  for (const file of files)
    await show(`kubectl apply -f ${file}.yml`, run(['apply', '-f', join(manifests, `${file}.yml`)]));
  progress.say('');
  await progress.step('waiting for pods', async () => {
    for (const name of ['hello-flask', 'py-debug'])
      await run(['rollout', 'status', `deployment/${name}`, '--timeout=120s']);
  });
  await show('kubectl get pods -o wide', run(['get', 'pods', '-o', 'wide']));
  await show('kubectl get services', run(['get', 'services']));
  const podAddress = await run(['get', 'pods', '-l', 'app=hello-flask', '-o', 'jsonpath={.items[0].status.podIP}']);
  const nodePort = await run([
    'get',
    'service',
    'hello-flask-nodeport-service',
    '-o',
    'jsonpath={.spec.ports[0].nodePort}',
  ]);
  const debug = await run(['get', 'pods', '-l', 'app=py-debug', '-o', 'jsonpath={.items[0].metadata.name}']);
  const curlInPod = (target: string, ...flags: readonly string[]): Promise<string> =>
    run(['exec', debug, '--', 'curl', '-s', '--fail', '--max-time', '5', ...flags, target]);
  // The course's Deployment has no readiness probe: its pod counts as ready before its server listens.
  await progress.step("waiting for the pod's server", () =>
    curlInPod(
      `${podAddress}:5000`,
      '--retry',
      '60',
      '--retry-connrefused',
      '--retry-delay',
      '1',
      '--retry-max-time',
      '60',
    ),
  );
  const fromPod = (target: string): Promise<string> =>
    show(`kubectl exec ${debug} -- curl -s ${target}`, curlInPod(target));
  const answers = [await fromPod(`${podAddress}:5000`), await fromPod('hello-flask-service:5000')];
  answers.push(await show(`curl 127.0.0.1:${nodePort}`, curl([`http://127.0.0.1:${nodePort}/`])));
  if (config.httpPort !== 0) {
    const host = 'username-flask.coe332.tacc.cloud';
    const shown = `curl -H 'Host: ${host}' 127.0.0.1${config.httpPort === 80 ? '' : `:${config.httpPort}`}`;
    answers.push(await show(shown, curl(['-H', `Host: ${host}`, `http://127.0.0.1:${config.httpPort}/`])));
  }
  const wrong = answers.filter((answer) => !answer.startsWith('Hello'));
  if (wrong.length > 0) throw new UserError(`the demo got an answer that it did not expect: ${wrong.join('; ')}`);
}

/** A request as a person would make it; a freshly applied Ingress may take a moment, so a refusal is tried again. */
async function curl(argv: readonly string[]): Promise<string> {
  const command = [
    'curl',
    '--silent',
    '--show-error',
    '--fail',
    '--max-time',
    '5',
    '--retry',
    '5',
    '--retry-connrefused',
    '--retry-delay',
    '1',
  ];
  return (await exec([...command, ...argv], { timeoutMs: 40_000 })).stdout.trim();
}
