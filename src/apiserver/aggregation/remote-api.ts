import type { APIService } from '../../api/apiregistration/api-service.schema.ts';

/** A version of a group that another API server answers for, as its APIService says. */
export interface RemoteApi {
  /** Of the APIService. */
  readonly name: string;
  readonly group: string;
  readonly version: string;
  readonly service: { readonly namespace: string; readonly name: string; readonly port: number };
  /** PEM; empty where the system's authorities are to judge. */
  readonly ca: string;
  /** Whether any certificate will do. */
  readonly isInsecure: boolean;
  /** What the condition says: nothing is forwarded until a check has passed. */
  readonly isAvailable: boolean;
}

/** Groups that this server always answers for: without them no APIService could be put right again. */
const ownGroups: ReadonlySet<string> = new Set(['', 'apiregistration.k8s.io']);
const defaultPort = 443;

/** Reads an APIService; undefined for one that names no Service, or a group that is never given away. */
export function remoteApiOf({ metadata, spec, status }: APIService): RemoteApi | undefined {
  const { service, group = '', version = '', caBundle = '', insecureSkipTLSVerify = false } = spec;
  if (service === undefined || ownGroups.has(group)) return undefined;
  const { namespace = '', name = '', port = defaultPort } = service;
  return {
    name: metadata.name,
    group,
    version,
    service: { namespace, name, port },
    ca: Buffer.from(caBundle, 'base64').toString('utf8'),
    isInsecure: insecureSkipTLSVerify,
    isAvailable: status.conditions?.some((each) => each.type === 'Available' && each.status === 'True') === true,
  };
}

/** The name that the certificate of a remote API server must bear. */
export const serverNameOf = ({ service }: RemoteApi): string => `${service.name}.${service.namespace}.svc`;
