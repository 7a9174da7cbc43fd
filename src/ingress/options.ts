import type { Registry } from 'prom-client';
import type { ApiClient } from '../client/api-client.ts';
import type { EventRecorder } from '../client/event-recorder.ts';
import type { InformerFactory } from '../client/informer-factory.ts';
import type { Logger } from '../system/logger.ts';
import type { NginxOptions } from './nginx/settings.ts';

/** The nginx part must be what `prepareNginx` was given. */
export interface IngressOptions extends NginxOptions {
  readonly client: ApiClient;
  readonly informers: InformerFactory;
  readonly recorder: EventRecorder;
  readonly logger: Logger;
  readonly nodeName: string;
  /** The `spec.controller` of the IngressClasses to serve; `k8s.io/ingress-nginx` when left out. */
  readonly controllerName?: string;
  /** Where Ingresses can be reached: what `kubectl get ingress` shows. */
  readonly publishAddresses: readonly string[];
  /** The Lease that the nodes' controllers share; `kube-system/ingress-nginx-leader` when left out. */
  readonly lease?: { readonly name: string; readonly namespace: string };
  /** Called once nginx serves what the API says. */
  readonly onReady?: () => void;
  readonly registry?: Registry | undefined;
}
