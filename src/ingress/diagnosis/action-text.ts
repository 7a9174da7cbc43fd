import type { Action, Backend } from '../model/route-table.ts';
import { backendId } from '../model/route-table.ts';
import type { Template } from '../model/values.ts';

const backendText = (backend: Backend): string =>
  backend.kind === 'service' ? backendId(backend) : `outside ${backend.host}:${backend.port}`;

function templateText(template: Template): string {
  return template
    .map((part) => ('literal' in part ? part.literal : 'capture' in part ? `$${part.capture}` : `\${${part.variable}}`))
    .join('');
}

/** An action on one line, for people: where requests go, and how they are changed. */
export function actionText(action: Action): string {
  if (action.kind === 'refuse') return 'refuse';
  if (action.kind === 'redirect') return `${action.status} ${templateText(action.location)}`;
  const { backends, protocol, rewrite, host, fallback } = action;
  return [
    ...backends.map(({ backend }) => backendText(backend)),
    ...(protocol === 'HTTP' ? [] : [protocol]),
    ...(rewrite === undefined ? [] : [`rewrite ${templateText(rewrite)}`]),
    ...(host === undefined ? [] : [`host ${host}`]),
    ...(fallback === undefined ? [] : [`else ${backendText(fallback)}`]),
  ].join(' ');
}
