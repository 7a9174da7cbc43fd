import { X509Certificate } from 'node:crypto';
import type { ConfigMap } from '../../api/core/config-map.schema.ts';
import type { KubeObject } from '../../api/object.ts';
import { configMaps } from '../../api/resources.ts';
import { jsonEqual } from '../../machinery/json.ts';
import { StoreError } from '../../store/store.ts';
import type { Watch } from '../../store/store.ts';
import { follow } from '../auth/follow.ts';
import { ensureFields } from '../bootstrap/ensure.ts';
import type { Core } from '../registry/core.ts';
import { keyOfObject } from '../registry/keys.ts';

/** PEM: how extension servers tell a request of this server from others, and by what this server knows its clients. */
export interface AuthenticationConfig {
  /** Signs client certificates. */
  readonly clientCa: string;
  /** Signs what this server shows to extension servers. */
  readonly requestHeaderCa: string;
  /** The common names that such a certificate may have. */
  readonly allowedNames: readonly string[];
}

const address = { namespace: 'kube-system', name: 'extension-apiserver-authentication' };
const pemBlock = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g;

/** The certificates of both texts, each once, without what has expired or cannot be read. */
function joinedCertificates(before: string, own: string, now: Date): string {
  const found = new Map<string, string>();
  for (const pem of `${before}\n${own}`.match(pemBlock) ?? []) {
    try {
      const certificate = new X509Certificate(pem);
      if (Date.parse(certificate.validTo) > now.getTime()) found.set(certificate.fingerprint256, `${pem}\n`);
    } catch {
      // Somebody has written into it by hand; extension servers could not read it either.
      continue;
    }
  }
  return [...found.values()].join('');
}

function joinedNames(before: string | undefined, own: readonly string[]): string {
  let known: unknown;
  try {
    known = JSON.parse(before ?? '[]');
  } catch {
    known = [];
  }
  const names = Array.isArray(known) ? known.filter((name) => typeof name === 'string') : [];
  return JSON.stringify([...new Set([...names, ...own])]);
}

/**
 * The data of ConfigMap `kube-system/extension-apiserver-authentication`: what this server needs, added to what stands
 * there already, since another server of the same cluster may have other authorities.
 */
export function authenticationData(
  before: Readonly<Record<string, string>>,
  config: AuthenticationConfig,
  now: Date,
): Readonly<Record<string, string>> {
  const names = (key: string, own: readonly string[]) => ({ [key]: joinedNames(before[key], own) });
  return {
    'client-ca-file': joinedCertificates(before['client-ca-file'] ?? '', config.clientCa, now),
    'requestheader-client-ca-file': joinedCertificates(
      before['requestheader-client-ca-file'] ?? '',
      config.requestHeaderCa,
      now,
    ),
    ...names('requestheader-allowed-names', config.allowedNames),
    ...names('requestheader-username-headers', ['X-Remote-User']),
    ...names('requestheader-uid-headers', ['X-Remote-Uid']),
    ...names('requestheader-group-headers', ['X-Remote-Group']),
    ...names('requestheader-extra-headers-prefix', ['X-Remote-Extra-']),
  };
}

/** Keeps the ConfigMap as it is to be: where it is missing, incomplete or gone, it is written again. */
export async function keepAuthenticationConfig(core: Core, config: AuthenticationConfig): Promise<Watch> {
  const key = keyOfObject(configMaps, address.namespace, address.name);
  const write = async (before: KubeObject | undefined): Promise<void> => {
    const { data = {} } = (before as ConfigMap | undefined) ?? {};
    const wanted = authenticationData(data, config, new Date());
    if (before !== undefined && jsonEqual(data, wanted)) return;
    const object = { apiVersion: 'v1', kind: 'ConfigMap', metadata: address, data: wanted };
    await ensureFields(core, object, ['data']);
  };
  const tryTo = (before: KubeObject | undefined): void => {
    write(before).catch((err: unknown) => {
      if (err instanceof StoreError && err.code === 'closed') return;
      core.logger.error({ err, ...address }, 'What extension servers read about authentication could not be written');
    });
  };
  await write((await core.store.get(key))?.object);
  return follow(core.store, key, {
    put: (changed, object) => (changed === key ? tryTo(object) : undefined),
    remove: (removed) => (removed === key ? tryTo(undefined) : undefined),
  });
}
