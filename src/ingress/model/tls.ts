import type { HostName } from './values.ts';

/** Clients of a host must show a certificate of these authorities. */
export interface ClientTls {
  /** The Secret: names the authorities. */
  readonly key: string;
  /** Certificates of authorities, PEM. */
  readonly authorities: string;
  /** How many authorities may be in between. */
  readonly depth: number;
  /** `optional`: none is as good as a right one; `unchecked`: the backend judges. */
  readonly mode: 'required' | 'optional' | 'unchecked';
  /** An expression that the certificate's subject must match. */
  readonly subject: string | undefined;
  /** Where others are sent; undefined for a 400. */
  readonly errorPage: string | undefined;
  /** Whether the backend gets the certificate itself. */
  readonly pass: boolean;
}

export const tlsVersions = ['TLSv1', 'TLSv1.1', 'TLSv1.2', 'TLSv1.3'] as const;

/** How the proxy and a backend prove to each other who they are. */
export interface BackendTls {
  /** The chain and key that the proxy shows, PEM. */
  readonly certificate: string | undefined;
  /** Certificates of authorities, PEM; undefined where the backend's own is not checked. */
  readonly authorities: string | undefined;
  readonly depth: number;
  /** The name that is asked for and checked; undefined for the proxy's default. */
  readonly name: HostName | undefined;
  /** Whether the name is told to the backend. */
  readonly sendsName: boolean;
  readonly versions: readonly (typeof tlsVersions)[number][] | undefined;
  readonly ciphers: string | undefined;
}
