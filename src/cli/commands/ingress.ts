import { Command, InvalidArgumentError } from 'commander';
import type { Answer } from '../../cluster/commands/ask-ingress.ts';
import type { IngressExplanation } from '../../cluster/commands/explain-ingress.ts';
import { explainIngress } from '../../cluster/commands/explain-ingress.ts';
import { requireCluster } from '../../cluster/find.ts';
import { nameOption } from '../options.ts';
import { paint } from '../progress.ts';
import { formatTable } from '../table.ts';

interface ExplainOptions {
  readonly name: string;
  readonly method: string;
  readonly header: Readonly<Record<string, string>>;
  readonly json?: true;
}

export function ingressCommand(): Command {
  const explain = new Command('explain')
    .description('say which rule takes a request and why the others do not, then ask nginx and the pods behind it')
    .argument('<url>', "for example https://shop.example/cart; the cluster's own Ingress ports are asked", readUrl)
    .option('-X, --method <method>', "the request's method", readMethod, 'GET')
    .option('-H, --header <header>', '"Name: value"; may be given several times', readHeader, {})
    .option('--json', 'for programs')
    .addOption(nameOption())
    .action(async (url: URL, options: ExplainOptions) => {
      const request = { url, method: options.method, headers: options.header };
      const found = await explainIngress(requireCluster(options.name), request);
      process.stdout.write(
        options.json === true ? `${JSON.stringify(found, null, 2)}\n` : describeExplanation(url, found),
      );
    });
  return new Command('ingress').description('look into Ingress').addCommand(explain.exitOverride());
}

function readUrl(text: string): URL {
  const full = /^[a-z]+:\/\//i.test(text) ? text : `http://${text}`;
  if (!URL.canParse(full)) throw new InvalidArgumentError('It is no URL.');
  const url = new URL(full);
  if (!['http:', 'https:'].includes(url.protocol)) throw new InvalidArgumentError('It must be http or https.');
  return url;
}

function readMethod(text: string): string {
  if (!/^[A-Za-z]{1,20}$/.test(text)) throw new InvalidArgumentError('It is no HTTP method.');
  return text.toUpperCase();
}

function readHeader(text: string, before: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  const [, name = '', value = ''] = /^([A-Za-z0-9-]+):[ \t]*([\x20-\x7e]*)$/.exec(text) ?? [];
  if (name === '') throw new InvalidArgumentError('It must look like "Name: value".');
  return { ...before, [name.toLowerCase()]: value };
}

/** An explanation as a person reads it. */
export function describeExplanation(url: URL, found: IngressExplanation): string {
  const { considered, annotations, backends, podAnswers, problems, ingress } = found;
  const mark = (isChosen: boolean): string => (isChosen ? paint(process.stdout, 'green', '✓') : '·');
  const lines = [`${url.href} → ${found.outcome}`];
  if (found.path !== decodeURI(url.pathname)) lines.push(`Rules see the path ${found.path}`);
  if (considered.length > 0) {
    const rows = considered.map((rule) => [`${mark(rule.isChosen)} ${rule.host}`, rule.path, rule.ingress, rule.why]);
    lines.push('', ...formatTable([['  HOST', 'PATH', 'INGRESS', 'WHY'], ...rows]));
  }
  if (ingress !== undefined) {
    const set = Object.entries(annotations).map(([name, value]) => `  ${name}: ${value.slice(0, 200)}`);
    lines.push(
      '',
      set.length === 0 ? `Ingress ${ingress} has no annotations for nginx.` : `Annotations of ${ingress}:`,
    );
    lines.push(...set);
  }
  for (const { service, endpoints } of backends)
    lines.push('', `Service ${service}: ${endpoints.length === 0 ? 'no ready endpoint' : endpoints.join(', ')}`);
  lines.push('', `nginx answers: ${answerText(found.answer)}`);
  for (const { pod, address, port, answer } of podAnswers)
    lines.push(`pod ${pod} (${address}:${port}) answers to ${found.backendPath}: ${answerText(answer)}`);
  if (found.podsNotAsked !== undefined) lines.push(`Pods were not asked: ${found.podsNotAsked}.`);
  for (const { ingress: name, message } of problems)
    lines.push('', `${paint(process.stdout, 'red', '✗')} Ingress ${name}: ${message}`);
  return `${lines.join('\n')}\n`;
}

function answerText(answer: Answer): string {
  if ('error' in answer) return `nothing: ${answer.error}`;
  const location = answer.headers['location'];
  const [line = ''] = answer.text.trim().split('\n');
  return [String(answer.status), ...(location === undefined ? [] : [`to ${location}`]), line.slice(0, 100)].join(' ');
}
