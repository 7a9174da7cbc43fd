import type { Environment } from '@marcbachmann/cel-js';
import type { Authorizer, RequestAttributes, UserInfo } from '../../auth/types.ts';

const sync = { async: false };

class CelAuthorizer {
  readonly ask: (attributes: Omit<RequestAttributes, 'user'>) => CelDecision;
  readonly as: (user: UserInfo) => CelAuthorizer;
  constructor(authorizer: Authorizer, user: UserInfo) {
    this.ask = (attributes) => {
      const { allowed, reason } = authorizer({ user, ...attributes });
      return new CelDecision(allowed, reason);
    };
    this.as = (other) => new CelAuthorizer(authorizer, other);
  }
}

class CelDecision {
  readonly allowed: boolean;
  readonly reason: string;
  constructor(allowed: boolean, reason: string) {
    this.allowed = allowed;
    this.reason = reason;
  }
}

type Attributes = Omit<RequestAttributes, 'user' | 'verb'>;
const nothing: Attributes = {
  group: '',
  version: '*',
  resource: '',
  subresource: '',
  namespace: '',
  name: '',
  path: '',
};

/** Something that a verb can be asked for: a path, a group, a resource. */
class Check {
  readonly authorizer: CelAuthorizer;
  readonly attributes: Attributes;
  constructor(authorizer: CelAuthorizer, attributes: Attributes) {
    this.authorizer = authorizer;
    this.attributes = attributes;
  }
}
class PathCheck extends Check {}
class GroupCheck extends Check {}
class ResourceCheck extends Check {}

/** What `authorizer` and `authorizer.requestResource` are for one request. */
export function authorizerValue(authorizer: Authorizer, user: UserInfo): unknown {
  return new CelAuthorizer(authorizer, user);
}

const names = {
  authorizer: 'kubernetes.authorization.Authorizer',
  path: 'kubernetes.authorization.PathCheck',
  group: 'kubernetes.authorization.GroupCheck',
  resource: 'kubernetes.authorization.ResourceCheck',
  decision: 'kubernetes.authorization.Decision',
};

/** Asks what a user may do: https://kubernetes.io/docs/reference/using-api/cel/#kubernetes-authorizer-library */
export function addAuthorizerFunctions(environment: Environment): void {
  environment.registerType(names.authorizer, { ctor: CelAuthorizer, fields: {} });
  environment.registerType(names.path, { ctor: PathCheck, fields: {} });
  environment.registerType(names.group, { ctor: GroupCheck, fields: {} });
  environment.registerType(names.resource, { ctor: ResourceCheck, fields: {} });
  environment.registerType(names.decision, { ctor: CelDecision, fields: {} });
  environment.registerVariable('authorizer', names.authorizer);
  const define = (signature: string, handler: (...args: never[]) => unknown): void =>
    void environment.registerFunction(signature, handler, sync);
  const change = (check: Check, more: Partial<Attributes>): ResourceCheck =>
    new ResourceCheck(check.authorizer, { ...check.attributes, ...more });
  define(
    `${names.authorizer}.path(string): ${names.path}`,
    (own: CelAuthorizer, path: string) => new PathCheck(own, { ...nothing, version: '', path }),
  );
  define(
    `${names.authorizer}.group(string): ${names.group}`,
    (own: CelAuthorizer, group: string) => new GroupCheck(own, { ...nothing, group }),
  );
  define(`${names.authorizer}.serviceAccount(string, string): ${names.authorizer}`, serviceAccount);
  define(`${names.group}.resource(string): ${names.resource}`, (own: Check, resource: string) =>
    change(own, { resource }),
  );
  for (const field of ['subresource', 'namespace', 'name'] as const) {
    define(`${names.resource}.${field}(string): ${names.resource}`, (own: Check, value: string) =>
      change(own, { [field]: value }),
    );
  }
  const check = ({ authorizer, attributes }: Check, verb: string): CelDecision =>
    authorizer.ask({ verb, ...attributes });
  define(`${names.path}.check(string): ${names.decision}`, check);
  define(`${names.resource}.check(string): ${names.decision}`, check);
  define(`${names.decision}.allowed(): bool`, ({ allowed }: CelDecision) => allowed);
  define(`${names.decision}.reason(): string`, ({ reason }: CelDecision) => reason);
  define(`${names.decision}.errored(): bool`, () => false);
  define(`${names.decision}.error(): string`, () => '');
}

function serviceAccount(own: CelAuthorizer, namespace: string, name: string): CelAuthorizer {
  const groups = ['system:serviceaccounts', `system:serviceaccounts:${namespace}`, 'system:authenticated'];
  return own.as({ name: `system:serviceaccount:${namespace}:${name}`, groups });
}
