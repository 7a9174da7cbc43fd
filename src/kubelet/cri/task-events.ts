import { fromBinary } from '@bufbuild/protobuf';
import { pause, createBackOff } from '../../client/back-off.ts';
import type { Logger } from '../../system/logger.ts';
import type { RuntimeConnection } from './connection.ts';
import { TaskEventSchema, TaskExitSchema } from './generated/events_pb.ts';

export interface TaskEvent {
  readonly type: 'start' | 'exit' | 'oom';
  /** A container's or a sandbox's id. */
  readonly containerId: string;
}

export interface TaskEventHandlers {
  event(event: TaskEvent): void;
  /** Called when events flow, at first and again after each gap: what happened before must be looked up. */
  connected(): void;
}

const topics: Readonly<Record<string, TaskEvent['type']>> = {
  '/tasks/start': 'start',
  '/tasks/exit': 'exit',
  '/tasks/oom': 'oom',
};

const filters = Object.keys(topics).map((topic) => `namespace==k8s.io,topic==${JSON.stringify(topic)}`);

/** containerd answers a subscription with its first event only: how long it is given to begin listening. */
const subscribeDelayMs = 50;

/**
 * Follows containerd's own events until `signal` is aborted. CRI's GetContainerEvents is missing in containerd 1.6;
 * these are what its CRI plugin itself listens to.
 */
export async function followTaskEvents(
  connection: RuntimeConnection,
  handlers: TaskEventHandlers,
  options: { readonly signal: AbortSignal; readonly logger: Logger },
): Promise<void> {
  const { signal, logger } = options;
  const backOff = createBackOff(20, 1000);
  while (!signal.aborted) {
    let timer: NodeJS.Timeout | undefined;
    try {
      await connection.runtime.version({}, { signal });
      const stream = connection.events.subscribe({ filters }, { signal, timeoutMs: 0 });
      timer = setTimeout(() => handlers.connected(), subscribeDelayMs);
      backOff.reset();
      for await (const { topic, event } of stream) {
        const parsed = event === undefined ? undefined : parse(topic, event.value);
        if (parsed !== undefined) handlers.event(parsed);
      }
    } catch (err) {
      if (!signal.aborted) logger.debug({ err }, 'lost the event stream of containerd; reconnecting');
    } finally {
      clearTimeout(timer);
    }
    if (!(await pause(backOff.next(), signal))) return;
  }
}

function parse(topic: string, value: Uint8Array): TaskEvent | undefined {
  const type = topics[topic];
  if (type === undefined) return undefined;
  if (type !== 'exit') return { type, containerId: fromBinary(TaskEventSchema, value).containerId };
  const { containerId, id } = fromBinary(TaskExitSchema, value);
  // A process started by exec has an id of its own; its end changes nothing about the container.
  return id === containerId ? { type, containerId } : undefined;
}
