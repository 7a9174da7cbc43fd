import type { Pod } from '../../../api/core/pod.schema.ts';
import type { PodStatus } from '../../../api/core/pod-status.schema.ts';
import { pods } from '../../../api/resources.ts';
import { isStatus } from '../../../api/status-error.ts';
import type { ApiClient } from '../../../client/api-client.ts';
import { createBackOff, pause } from '../../../client/back-off.ts';
import type { Logger } from '../../../system/logger.ts';
import { statusPatch } from './patch.ts';

interface Entry {
  /** The pod as the API server last gave it: what patches start from. */
  stored: Pod;
  wanted: PodStatus;
  writing: Promise<void> | undefined;
  /** What was sent last: the same again so soon would be answered the same. */
  sent: { readonly text: string; readonly at: number } | undefined;
}

/** How long a patch is not repeated that the server took but did not store as it stands. */
const repeatAfterMs = 10_000;

/** Writes pods' statuses as soon as they change; what changes during a write goes with the next one. */
export class StatusWriter {
  readonly #client: ApiClient;
  readonly #logger: Logger;
  readonly #signal: AbortSignal;
  readonly #entries = new Map<string, Entry>();

  constructor(client: ApiClient, options: { readonly logger: Logger; readonly signal: AbortSignal }) {
    this.#client = client;
    this.#logger = options.logger;
    this.#signal = options.signal;
  }

  /** The status last worked out for a pod. */
  get(uid: string): PodStatus | undefined {
    return this.#entries.get(uid)?.wanted;
  }

  /** Takes note of a status and sees to it that the API server has it. `pod` is what the informer shows. */
  set(pod: Pod, status: PodStatus): void {
    const { uid } = pod.metadata;
    let entry = this.#entries.get(uid);
    if (entry === undefined) {
      entry = { stored: pod, wanted: status, writing: undefined, sent: undefined };
      this.#entries.set(uid, entry);
    }
    entry.wanted = status;
    if (Number(pod.metadata.resourceVersion) > Number(entry.stored.metadata.resourceVersion)) entry.stored = pod;
    if (entry.writing !== undefined) return;
    const mine = entry;
    const writing = this.#write(uid, mine).finally(() => {
      mine.writing = undefined;
    });
    mine.writing = writing;
  }

  /** Resolves when all that was set for a pod has been written, or the pod is gone. */
  async flush(uid: string): Promise<void> {
    await this.#entries.get(uid)?.writing;
  }

  forget(uid: string): void {
    this.#entries.delete(uid);
  }

  async #write(uid: string, entry: Entry): Promise<void> {
    const backOff = createBackOff(100, 10_000);
    while (!this.#signal.aborted && this.#entries.get(uid) === entry) {
      const status = statusPatch(entry.stored.status, entry.wanted);
      if (status === undefined) return;
      const { name, namespace } = entry.stored.metadata;
      const body = { metadata: { uid }, status };
      const text = JSON.stringify(body);
      if (entry.sent?.text === text && performance.now() - entry.sent.at < repeatAfterMs) return;
      try {
        const stored = await this.#client.patch(pods, { name, namespace }, 'strategic', body, {
          subresource: 'status',
        });
        if (stored.metadata.uid !== uid) return;
        entry.stored = stored;
        entry.sent = { text, at: performance.now() };
        backOff.reset();
      } catch (err) {
        // Gone, or another pod has its name: there is nothing to tell about this one any more.
        if (isStatus(err, 'NotFound', 'Conflict')) return;
        if (!this.#signal.aborted)
          this.#logger.warn({ err, pod: `${namespace}/${name}` }, 'cannot write the status of a pod');
        if (!(await pause(backOff.next(), this.#signal))) return;
      }
    }
  }
}
