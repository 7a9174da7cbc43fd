import type { Secret } from '../../../api/core/secret.schema.ts';
import type { BasicAuth, ExternalAuth } from '../../model/route-table.ts';
import { isLabel, parseHostName } from '../../model/values.ts';
import { readUsers } from '../users.ts';
import * as formats from './formats.ts';
import type { AnnotationReader, Format } from './reader.ts';
import { prefix } from './reader.ts';

/** Finds a Secret by `namespace/name`. */
export type FindSecret = (key: string) => Secret | undefined;

const secretAnnotations = ['auth-secret', 'auth-tls-secret', 'proxy-ssl-secret'] as const;

/** The Secrets that an Ingress's annotations name, as `namespace/name`. */
export function annotatedSecrets(annotations: Readonly<Record<string, string>>, namespace: string): readonly string[] {
  const { parse } = secretOf(namespace);
  return secretAnnotations.flatMap((name) => parse(annotations[prefix + name]?.trim() ?? '') ?? []);
}

/** The format of the name of a Secret, with or without the Ingress's own namespace before it; gives both. */
export function secretOf(namespace: string): Format<string> {
  return {
    expects: `the name of a Secret of namespace ${namespace}`,
    parse: (text) => {
      const name = text.startsWith(`${namespace}/`) ? text.slice(namespace.length + 1) : text;
      return isLabel(namespace) && parseHostName(name) === name ? `${namespace}/${name}` : undefined;
    },
  };
}

/** Reads `auth-type`, `auth-secret` and the like; undefined where no password is asked for. */
export function readBasicAuth(
  reader: AnnotationReader,
  namespace: string,
  findSecret: FindSecret,
): BasicAuth | undefined {
  const type = reader.readRestriction('auth-type', formats.oneOf('basic'));
  const secret = reader.readRestriction('auth-secret', secretOf(namespace));
  const layout = reader.readRestriction('auth-secret-type', formats.oneOf('auth-file', 'auth-map')) ?? 'auth-file';
  const realm = reader.read('auth-realm', formats.headerValue) ?? '';
  if (reader.mustRefuse) return undefined;
  if (type === undefined) {
    if (secret !== undefined) reader.misplacedRestriction('auth-secret', 'it needs auth-type "basic" beside it');
    return undefined;
  }
  if (secret === undefined) {
    reader.misplacedRestriction('auth-type', 'it needs auth-secret with the name of a Secret that holds the users');
    return undefined;
  }
  const users = readUsers(findSecret(secret), layout);
  if ('problem' in users) {
    reader.misplacedRestriction('auth-secret', `Secret ${secret} ${users.problem}`);
    return undefined;
  }
  return { key: `${secret}/${layout}`, users, realm };
}

/** Reads `auth-url` and what belongs to it; undefined where nobody is asked. */
export function readExternalAuth(reader: AnnotationReader): ExternalAuth | undefined {
  const url = reader.readRestriction('auth-url', formats.serviceUrl);
  const responseHeaders = reader.readRestriction('auth-response-headers', formats.headerNames) ?? [];
  const method = reader.readRestriction('auth-method', formats.method);
  const signIn = reader.readRestriction('auth-signin', formats.signInUrl);
  const wayBack = reader.readRestriction('auth-signin-redirect-param', formats.parameterName) ?? 'rd';
  const alwaysSetCookie = reader.read('auth-always-set-cookie', formats.flag) ?? false;
  if (url !== undefined) return { url, method, responseHeaders, signIn, wayBack, alwaysSetCookie };
  if (signIn !== undefined) reader.misplacedRestriction('auth-signin', 'it needs auth-url beside it');
  return undefined;
}
