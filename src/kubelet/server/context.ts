import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import type { Pod } from '../../api/core/pod.schema.ts';
import type { Logger } from '../../system/logger.ts';
import type { KubeletServerBackend } from './backend.ts';
import { HttpError } from './http-error.ts';
import type { PodRelays } from './port-forward/pod-relays.ts';

/** What every handler may use. */
export interface ServerContext {
  readonly backend: KubeletServerBackend;
  readonly relays: PodRelays;
  readonly logger: Logger;
  /** Metrics as Prometheus text, with their content type. */
  readonly metrics: () => Promise<{ readonly text: string; readonly contentType: string }>;
}

/** A request whose path has been taken apart. */
export interface Call {
  readonly request: IncomingMessage;
  readonly parameters: Readonly<Record<string, string>>;
  readonly query: URLSearchParams;
  /** Aborted when the client is gone. */
  readonly signal: AbortSignal;
}

/** A request to switch protocols; nothing has been answered yet. */
export interface UpgradeCall extends Call {
  readonly socket: Duplex;
  readonly head: Buffer;
}

/** The pod that a path names by `namespace`, `pod` and perhaps `uid`; throws HttpError 404. */
export function podOf({ backend }: ServerContext, { parameters }: Call): Pod {
  const { namespace = '', pod: name = '', uid } = parameters;
  const pod = backend.pod(namespace, name);
  if (pod === undefined || (uid !== undefined && uid !== pod.metadata.uid))
    throw new HttpError(404, 'pod does not exist');
  return pod;
}
