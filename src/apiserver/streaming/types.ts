import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import type { KubeObject } from '../../api/object.ts';
import type { Resource } from '../../api/resources.ts';
import type { UserInfo } from '../auth/types.ts';
import type { ApiRequest, ApiResponse } from '../http/message.ts';

// Tokens and reviews (`issueToken`, `reviews`) and further admission are handed to the server in `../options.ts`.

/** What a connect request is about, as the path says it; the user has been authorized for it. */
export interface ConnectTarget {
  readonly resource: 'pods' | 'services' | 'nodes';
  readonly subresource: 'log' | 'exec' | 'attach' | 'portforward' | 'proxy';
  /** Empty for nodes. */
  readonly namespace: string;
  /** As the path has it: a proxied one may be `https:name:port`. */
  readonly name: string;
  /** Of `proxy`: what follows in the path, percent-encoding kept, with its leading slash; `/` at the least. */
  readonly path: string;
}

export interface ConnectContext {
  readonly target: ConnectTarget;
  readonly user: UserInfo;
  readonly query: URLSearchParams;
  /** Reads one object from the store; throws StatusError `NotFound`. */
  read<T extends KubeObject>(resource: Resource<T>, address: { name: string; namespace?: string }): Promise<T>;
}

export interface RequestContext extends ConnectContext {
  readonly request: ApiRequest;
}

export interface UpgradeContext extends ConnectContext {
  /** The HTTP/1.1 request with its `Upgrade` header; nothing has been answered yet. */
  readonly request: IncomingMessage;
  readonly socket: Duplex;
  /** Bytes that arrived behind the request's headers. */
  readonly head: Buffer;
}

/** The subresources that carry streams. Errors thrown as StatusError before anything was written become the answer. */
export interface ConnectHandlers {
  /** GET `pods/X/log`: text/plain, followed for as long as the client asks. */
  podLog(context: RequestContext): Promise<ApiResponse>;
  /** Any method on `pods|services|nodes/X/proxy/…` without an upgrade. */
  proxy(context: RequestContext): Promise<ApiResponse>;
  /** exec, attach, portforward, proxied upgrades and logs over a WebSocket; owns the socket once it has returned without throwing. */
  upgrade(context: UpgradeContext): Promise<void>;
}
