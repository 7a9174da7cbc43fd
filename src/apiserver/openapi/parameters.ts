/** A parameter object of OpenAPI 3.0. */
export interface Parameter {
  readonly name: string;
  readonly in: 'path' | 'query';
  readonly required?: true;
  readonly schema: { readonly type: 'string' | 'integer' | 'boolean'; readonly uniqueItems?: true };
}

type Type = Parameter['schema']['type'];

function query(type: Type, ...names: string[]): readonly Parameter[] {
  return names.map((name) => ({ name, in: 'query', schema: { type, uniqueItems: true } }));
}

function path(...names: string[]): readonly Parameter[] {
  return names.map((name) => ({ name, in: 'path', required: true, schema: { type: 'string', uniqueItems: true } }));
}

const selection = [
  ...query('string', 'continue', 'fieldSelector', 'labelSelector'),
  ...query('integer', 'limit'),
  ...query('string', 'resourceVersion', 'resourceVersionMatch'),
  ...query('boolean', 'sendInitialEvents'),
  ...query('integer', 'timeoutSeconds'),
];
const write = query('string', 'dryRun', 'fieldManager', 'fieldValidation');
const deletion = [
  ...query('string', 'dryRun'),
  ...query('integer', 'gracePeriodSeconds'),
  ...query('boolean', 'ignoreStoreReadErrorWithClusterBreakingPotential', 'orphanDependents'),
  ...query('string', 'propagationPolicy'),
];

/** The query parameters of each verb. */
export const verbParameters: Readonly<Record<string, readonly Parameter[]>> = {
  list: [...query('boolean', 'allowWatchBookmarks'), ...selection, ...query('boolean', 'watch')],
  get: [],
  create: write,
  update: write,
  patch: [...write, ...query('boolean', 'force')],
  delete: deletion,
  deletecollection: [...selection, ...deletion],
};

const streams = query('boolean', 'stderr', 'stdin', 'stdout', 'tty');

/** The query parameters of the subresources that are streams. */
export const streamParameters: Readonly<Record<string, readonly Parameter[]>> = {
  log: [
    ...query('string', 'container'),
    ...query('boolean', 'follow', 'insecureSkipTLSVerifyBackend'),
    ...query('integer', 'limitBytes'),
    ...query('boolean', 'previous'),
    ...query('integer', 'sinceSeconds'),
    ...query('string', 'sinceTime', 'stream'),
    ...query('integer', 'tailLines'),
    ...query('boolean', 'timestamps'),
  ],
  exec: [...query('string', 'command', 'container'), ...streams],
  attach: [...query('string', 'container'), ...streams],
  portforward: query('integer', 'ports'),
  proxy: query('string', 'path'),
};

/** What stands in front of all operations of a path: the variables in it, and whether answers are indented. */
export function pathParameters(template: string): readonly Parameter[] {
  const names = [...template.matchAll(/\{(\w+)\}/g)].map((match) => match[1] ?? '');
  return [...path(...names.toSorted()), ...query('string', 'pretty')];
}
