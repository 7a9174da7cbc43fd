import type { Pod } from '../../api/core/pod.schema.ts';
import type { EventRecorder } from '../../client/event-recorder.ts';
import { fieldPath } from './names.ts';

/** Tells what happened to a pod, or to one of its containers. */
export class PodEvents {
  readonly #recorder: EventRecorder;
  readonly #pod: Pod;

  constructor(recorder: EventRecorder, pod: Pod) {
    this.#recorder = recorder;
    this.#pod = pod;
  }

  normal(reason: string, message: string, container?: string): void {
    this.#event('Normal', reason, message, container);
  }

  warning(reason: string, message: string, container?: string): void {
    this.#event('Warning', reason, message, container);
  }

  #event(type: 'Normal' | 'Warning', reason: string, message: string, container: string | undefined): void {
    const path = container === undefined ? undefined : fieldPath(this.#pod, container);
    this.#recorder.event(this.#pod, type, reason, message, path === undefined ? {} : { fieldPath: path });
  }
}
