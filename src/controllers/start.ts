import type { KubeObject } from '../api/object.ts';
import type { ApiClient } from '../client/api-client.ts';
import type { EventRecorder } from '../client/event-recorder.ts';
import { createEventRecorder } from '../client/event-recorder.ts';
import type { InformerFactory } from '../client/informer-factory.ts';
import { createInformerFactory } from '../client/informer-factory.ts';
import type { Logger } from '../system/logger.ts';
import type { ControllerContext } from './context.ts';
import { aborted, InformerSet } from './context.ts';
import { startDeploymentController } from './deployment/controller.ts';
import { startEndpointSliceMirroringController } from './endpoint-slice-mirroring/controller.ts';
import { startEndpointSliceController } from './endpoint-slice/controller.ts';
import { startEndpointsController } from './endpoints/controller.ts';
import type { PlannedEvent } from './planned-event.ts';
import { startReplicaSetController } from './replica-set/controller.ts';

export interface ControllersOptions {
  readonly client: ApiClient;
  readonly logger: Logger;
  /** Shared with other components of the process where given. */
  readonly informers?: InformerFactory;
  /** Makes the recorder of a controller's events; by default one that writes them through `client`. */
  readonly recorder?: (component: string) => EventRecorder;
}

/** Runs all controllers until `signal` is aborted. */
export async function startControllers(options: ControllersOptions, signal: AbortSignal): Promise<void> {
  const { client, logger } = options;
  const informers = new InformerSet(options.informers ?? createInformerFactory(client, { signal, logger }));
  const context: ControllerContext = {
    client,
    informers,
    logger,
    signal,
    now: Date.now,
    record: recording(options),
  };
  const running = [
    startDeploymentController(context),
    startReplicaSetController(context),
    startEndpointSliceController(context),
    startEndpointsController(context),
    startEndpointSliceMirroringController(context),
  ];
  await Promise.all([...running, informers.start(signal), aborted(signal)]);
}

/** One recorder a controller, made when it first has something to say. */
function recording({ client, logger, recorder }: ControllersOptions): ControllerContext['record'] {
  const make = recorder ?? ((component: string) => createEventRecorder(client, { component, logger }));
  const recorders = new Map<string, EventRecorder>();
  return (component: string, object: KubeObject, { type, reason, message }: PlannedEvent) => {
    let own = recorders.get(component);
    if (own === undefined) recorders.set(component, (own = make(component)));
    own.event(object, type, reason, message);
  };
}
