import type { AnyKind, GroupVersionKind, Verb } from '../../api/kind.ts';
import type { MessageSchema } from '../../api/schema.ts';
import type { SubresourceEntry } from '../discovery/resources.ts';
import { subresourcesOf } from '../discovery/resources.ts';
import type { KindRegistry } from '../registry/kind-registry.ts';
import { bodyOf, DeleteOptionsBody, listSchema, Patch, Status } from './bodies.ts';
import type { Parameter } from './parameters.ts';
import { pathParameters, streamParameters, verbParameters } from './parameters.ts';
import { asGroupVersionKind, refTo } from './schema.ts';

type Method = 'get' | 'put' | 'post' | 'delete' | 'patch';
type Operation = Readonly<Record<string, unknown>>;
/** The operations of a path by method, and what they have in common. */
export type PathItem = Partial<Record<Method, Operation>> & { readonly parameters: readonly Parameter[] };

const applyPatch = 'application/apply-patch+yaml';
const patchTypes = [applyPatch, 'application/json-patch+json', 'application/merge-patch+json'];
const strategicMergePatch = 'application/strategic-merge-patch+json';

interface VerbShape {
  readonly method: Method;
  /** `x-kubernetes-action`. */
  readonly action: string;
  /** How names of operations begin. */
  readonly word: string;
}

const verbShapes: Readonly<Record<Exclude<Verb, 'watch'>, VerbShape>> = {
  list: { method: 'get', action: 'list', word: 'list' },
  create: { method: 'post', action: 'post', word: 'create' },
  deletecollection: { method: 'delete', action: 'deletecollection', word: 'delete' },
  get: { method: 'get', action: 'get', word: 'read' },
  update: { method: 'put', action: 'put', word: 'replace' },
  patch: { method: 'patch', action: 'patch', word: 'patch' },
  delete: { method: 'delete', action: 'delete', word: 'delete' },
};
const collectionVerbs = ['list', 'create', 'deletecollection'] as const;
const objectVerbs = ['get', 'update', 'patch', 'delete'] as const;
type ShapedVerb = keyof typeof verbShapes;

interface OperationOptions {
  readonly verb: ShapedVerb;
  /** The rest of the operation's name, e.g. `CoreV1NamespacedPodStatus`. */
  readonly name: string;
  readonly tag: string;
  readonly kind: GroupVersionKind;
  readonly body: MessageSchema;
  readonly answer: MessageSchema;
  readonly strategicMerge: boolean;
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** `core`, `apps`, `rbacAuthorization`: a group without its domain, in camel case. */
function groupWord(group: string): string {
  if (group === '') return 'core';
  const [first = '', ...rest] = group.replace(/\.k8s\.io$/, '').split(/[.-]/);
  return first + rest.map(capital).join('');
}

function content(types: readonly string[], schema: MessageSchema): Operation {
  return Object.fromEntries(types.map((type) => [type, { schema: refTo(schema.name) }]));
}

function answers(verb: ShapedVerb, schema: MessageSchema): Operation {
  const types = ['application/json', 'application/yaml', ...(verb === 'list' ? ['application/json;stream=watch'] : [])];
  const response = (description: string): Operation => ({ description, content: content(types, schema) });
  return {
    200: response('OK'),
    ...(verb === 'create' || verb === 'update' || verb === 'patch' ? { 201: response('Created') } : {}),
    ...(verb === 'create' || verb === 'delete' ? { 202: response('Accepted') } : {}),
    401: { description: 'Unauthorized' },
  };
}

function requestBody({ verb, body, strategicMerge }: OperationOptions): Operation {
  switch (verb) {
    case 'create':
    case 'update':
      return { requestBody: { content: content(['*/*'], body), required: true } };
    case 'patch': {
      const types = strategicMerge ? [...patchTypes, strategicMergePatch] : patchTypes;
      return { requestBody: { content: content(types, Patch), required: true } };
    }
    case 'delete':
    case 'deletecollection':
      return { requestBody: { content: content(['*/*'], DeleteOptionsBody) } };
    default:
      return {};
  }
}

function operation(options: OperationOptions): Operation {
  const { verb, name, tag, kind, answer } = options;
  const { action, word } = verbShapes[verb];
  return {
    tags: [tag],
    operationId: `${word}${name}`,
    parameters: verbParameters[verb] ?? [],
    ...requestBody(options),
    responses: answers(verb, answer),
    'x-kubernetes-action': action,
    'x-kubernetes-group-version-kind': asGroupVersionKind(kind),
  };
}

/** The paths of one kind. */
export class KindPaths {
  readonly #kind: AnyKind;
  readonly #kinds: KindRegistry;
  readonly #tag: string;
  /** `CoreV1` */
  readonly #prefix: string;
  readonly #items = new Map<string, PathItem>();

  constructor(kind: AnyKind, kinds: KindRegistry) {
    this.#kind = kind;
    this.#kinds = kinds;
    const group = groupWord(kind.group);
    this.#tag = `${group}_${kind.version}`;
    this.#prefix = capital(group) + capital(kind.version);
  }

  /** All paths and what can be done there, for a document below `root`, e.g. `/apis/apps/v1`. */
  build(root: string): ReadonlyMap<string, PathItem> {
    const { plural, namespaced, verbs, kind } = this.#kind;
    const scope = namespaced ? 'Namespaced' : '';
    const collection = namespaced ? `${root}/namespaces/{namespace}/${plural}` : `${root}/${plural}`;
    for (const verb of collectionVerbs) {
      if (!verbs.includes(verb)) continue;
      const whole = verb === 'deletecollection' ? 'Collection' : '';
      this.#add(collection, verb, `${this.#prefix}${whole}${scope}${kind}`);
    }
    if (namespaced && verbs.includes('list')) {
      this.#add(`${root}/${plural}`, 'list', `${this.#prefix}${kind}ForAllNamespaces`);
    }
    for (const verb of objectVerbs) {
      if (verbs.includes(verb)) this.#add(`${collection}/{name}`, verb, `${this.#prefix}${scope}${kind}`);
    }
    for (const entry of subresourcesOf(this.#kind)) this.#addSubresource(`${collection}/{name}/${entry.name}`, entry);
    return this.#items;
  }

  #add(path: string, verb: ShapedVerb, name: string): void {
    const { schema } = this.#kind;
    const removed = verb === 'delete' || verb === 'deletecollection';
    const answer = removed ? Status : verb === 'list' ? listSchema(this.#kind) : schema;
    this.#put(path, { verb, name, tag: this.#tag, kind: this.#kind, body: schema, answer, ...this.#patches() });
  }

  #addSubresource(path: string, entry: SubresourceEntry): void {
    const { namespaced, kind } = this.#kind;
    const name = `${this.#prefix}${namespaced ? 'Namespaced' : ''}${kind}${capital(entry.name)}`;
    const body = entry.name in streamParameters ? undefined : bodyOf(entry.kind, this.#kinds);
    if (body === undefined) {
      this.#addStream(path, entry, name);
      return;
    }
    for (const verb of entry.verbs) {
      if (verb === 'watch') continue;
      this.#put(path, { verb, name, tag: this.#tag, kind: entry.kind, body, answer: body, ...this.#patches() });
    }
  }

  #addStream(path: string, entry: SubresourceEntry, name: string): void {
    for (const verb of entry.verbs) {
      if (verb === 'watch') continue;
      const { method } = verbShapes[verb];
      const isLog = entry.name === 'log';
      this.#set(path, method, {
        tags: [this.#tag],
        operationId: isLog
          ? `read${name}`
          : `connect${this.#prefix}${capital(method)}${name.slice(this.#prefix.length)}`,
        parameters: streamParameters[entry.name] ?? [],
        responses: {
          200: { description: 'OK', content: { [isLog ? 'text/plain' : '*/*']: { schema: { type: 'string' } } } },
          401: { description: 'Unauthorized' },
        },
        'x-kubernetes-action': isLog ? 'get' : 'connect',
        'x-kubernetes-group-version-kind': asGroupVersionKind(entry.kind),
      });
    }
  }

  #put(path: string, options: OperationOptions): void {
    this.#set(path, verbShapes[options.verb].method, operation(options));
  }

  #set(path: string, method: Method, value: Operation): void {
    const item = this.#items.get(path) ?? { parameters: pathParameters(path) };
    this.#items.set(path, { ...item, [method]: value });
  }

  /** Only the schemas of built-in kinds say how a strategic merge patch merges. */
  #patches(): { strategicMerge: boolean } {
    return { strategicMerge: this.#kind.schema.name.startsWith('io.k8s.') };
  }
}
