import { connect } from 'node:net';
import type { Client } from '@connectrpc/connect';
import { createClient } from '@connectrpc/connect';
import { createGrpcTransport, Http2SessionManager } from '@connectrpc/connect-node';
import { ImageService, RuntimeService } from './generated/cri_pb.ts';
import { Events } from './generated/events_pb.ts';

export type RuntimeClient = Client<typeof RuntimeService>;
export type ImageClient = Client<typeof ImageService>;

/** The three services of one containerd that the kubelet talks to, over one HTTP/2 connection. */
export interface RuntimeConnection {
  readonly runtime: RuntimeClient;
  readonly images: ImageClient;
  readonly events: Client<typeof Events>;
  close(): void;
}

/** Longer than any call should take; calls that wait for a container to stop give their own. */
const defaultTimeoutMs = 120_000;

/** Connects to the containerd behind a unix socket; nothing is sent before the first call. */
export function connectRuntime(socket: string): RuntimeConnection {
  // A unix socket has no name of its own: this one only fills HTTP/2's authority.
  const baseUrl = 'http://localhost';
  const sessionManager = new Http2SessionManager(baseUrl, {}, { createConnection: () => connect(socket) });
  const transport = createGrpcTransport({ baseUrl, sessionManager, defaultTimeoutMs, readMaxBytes: 64 * 1024 * 1024 });
  return {
    runtime: createClient(RuntimeService, transport),
    images: createClient(ImageService, transport),
    events: createClient(Events, transport),
    close: () => sessionManager.abort(),
  };
}
