import type { HostName, LiteralPath, Template } from './values.ts';

/** How an endpoint is chosen where no affinity decides. */
export interface BalanceOptions {
  readonly algorithm: 'round_robin' | 'ewma';
  /** Requests with the same text go to the same endpoint; undefined where `algorithm` decides. */
  readonly hashBy: Template | undefined;
  /** To how many endpoints they go. */
  readonly subset: number;
}

/** A client stays with an endpoint, by a cookie that the proxy hands out. */
export interface Affinity {
  /** `balanced`: new endpoints take over some of the clients; `persistent`: only those who lost theirs move. */
  readonly mode: 'balanced' | 'persistent';
  readonly cookie: string;
  /** Whether a client moves for good when its endpoint does not answer. */
  readonly changeOnFailure: boolean;
  /** Seconds; undefined for a cookie that ends with the browser. */
  readonly maxAge: number | undefined;
  readonly expires: number | undefined;
  readonly path: LiteralPath | undefined;
  readonly domain: HostName | undefined;
  readonly sameSite: 'None' | 'Lax' | 'Strict' | undefined;
  /** Whether `sameSite: None` is left out for browsers that misread it. */
  readonly conditionalSameSite: boolean;
  /** Undefined: where the request came over TLS. */
  readonly secure: boolean | undefined;
}
