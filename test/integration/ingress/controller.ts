import pino from 'pino';
import { createEventRecorder } from '../../../src/client/event-recorder.ts';
import { createInformerFactory } from '../../../src/client/informer-factory.ts';
import { startIngress } from '../../../src/ingress/ingress.ts';
import type { IngressOptions } from '../../../src/ingress/options.ts';
import type { Logger } from '../../../src/system/logger.ts';

type Fixed = 'informers' | 'recorder' | 'logger' | 'nodeName' | 'publishAddresses' | 'onReady';

export interface RunningController {
  /** Ends it; throws what it ended with. */
  stop(): Promise<void>;
}

/** Runs the Ingress controller of a node; resolves once nginx serves what the API says. It logs where LOG is set. */
export async function runController({
  logger = pino({ level: process.env['LOG'] === undefined ? 'silent' : 'info' }),
  ...options
}: Omit<IngressOptions, Fixed> & { readonly logger?: Logger }): Promise<RunningController> {
  const { client } = options;
  const aborter = new AbortController();
  const { signal } = aborter;
  const ready = Promise.withResolvers<void>();
  const running = startIngress(
    {
      ...options,
      informers: createInformerFactory(client, { signal }),
      recorder: createEventRecorder(client, { component: 'nginx-ingress-controller' }),
      logger,
      nodeName: 'node-1',
      publishAddresses: ['127.0.0.1'],
      onReady: ready.resolve,
    },
    signal,
  );
  running.catch(ready.reject);
  await ready.promise;
  return {
    async stop() {
      aborter.abort();
      await running;
    },
  };
}
