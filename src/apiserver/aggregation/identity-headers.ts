import type { UserInfo } from '../auth/types.ts';
import { requestHeaders } from '../streaming/proxied/headers.ts';

type Headers = Readonly<Record<string, string | readonly string[] | undefined>>;

const extraPrefix = 'x-remote-extra-';
const claimed = new Set(['x-remote-user', 'x-remote-uid', 'x-remote-group']);
/** What may stand in a header's name (RFC 9110 section 5.6.2), without the percent sign that marks the rest. */
const plain = /^[a-z0-9!#$&'*+.^_`|~-]$/;

/** A key as part of a header's name: everything else in its bytes, percent-encoded. */
function escaped(key: string): string {
  return [...Buffer.from(key.toLowerCase(), 'utf8')]
    .map((byte) => String.fromCharCode(byte))
    .map((character) =>
      plain.test(character) ? character : `%${character.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`,
    )
    .join('');
}

/** Header values are bytes: what is not ASCII goes out as UTF-8. */
const bytes = (text: string): string => Buffer.from(text, 'utf8').toString('latin1');

/** The headers by which an extension server learns on whose behalf it is asked. */
export function identityHeaders({ name, uid = '', groups, extra = {} }: UserInfo): Record<string, string | string[]> {
  return {
    'x-remote-user': bytes(name),
    ...(uid === '' ? {} : { 'x-remote-uid': bytes(uid) }),
    ...(groups.length === 0 ? {} : { 'x-remote-group': groups.map(bytes) }),
    ...Object.fromEntries(
      Object.entries(extra)
        .filter(([, values]) => values.length > 0)
        .map(([key, values]) => [`${extraPrefix}${escaped(key)}`, values.map(bytes)]),
    ),
  };
}

export interface ForwardedHeaders {
  readonly user: UserInfo;
  /** `NAME.NAMESPACE.svc:PORT`. */
  readonly host: string;
  /** The path that is asked for. */
  readonly path: string;
  readonly keepUpgrade?: boolean;
}

/**
 * A client's headers as an extension server gets them: without credentials, without what the client says about its own
 * identity, and with what this server knows of it.
 */
export function forwardedHeaders(headers: Headers, options: ForwardedHeaders): Record<string, string | string[]> {
  const { user, host, path, keepUpgrade = false } = options;
  const kept = requestHeaders(headers, { prefix: '', path, keepUpgrade });
  for (const name of Object.keys(kept)) {
    // Some servers take an underscore for a dash.
    const read = name.toLowerCase().replaceAll('_', '-');
    if (claimed.has(read) || read.startsWith(extraPrefix)) delete kept[name];
  }
  delete kept['expect'];
  return { ...kept, host, ...identityHeaders(user) };
}
