import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Pod } from '../../api/core/pod.schema.ts';
import type { Volume } from '../../api/core/volume.schema.ts';
import { StatusError } from '../../api/status-error.ts';
import { ConnectionError } from '../../client/connection-error.ts';
import { ensureDirectory } from '../../system/files.ts';
import { containerDevices, containerMounts } from './container-mounts.ts';
import type { PreparedVolume, VolumeContext } from './context.ts';
import { VolumeFault } from './fault.ts';
import { mountsUnder, unmountUnder } from './mounts.ts';
import { createObjectSource } from './object-source.ts';
import { isUid, podDirectory, podsDirectory, readdirIfExists } from './paths.ts';
import { downwardPayload } from './payload.ts';
import { isContentVolume, prepareVolume } from './prepare-volume.ts';
import type { PodVolumes, VolumeErrorCode, VolumeManager, VolumeManagerOptions } from './types.ts';
import { PodVolumesError, VolumeError } from './types.ts';

const refreshMs = 60_000;
/** An answer this old is new enough for a refresh: pods that share an object share the request. */
const sharedAnswerMs = 30_000;

/** What is remembered of a running pod; it is only ever a reason to do less. */
interface PodState {
  readonly prepared: Map<string, PreparedVolume>;
  /** When content volumes are due again. */
  readonly dueAt: Map<string, number>;
  /** What the downward API said when it was last written. */
  readonly downward: Map<string, string>;
}

/** The volumes of the pods of one node, below `options.rootDirectory`. */
export function createVolumeManager(options: VolumeManagerOptions): VolumeManager {
  return new Manager(options);
}

class Manager implements VolumeManager {
  readonly #options: VolumeManagerOptions;
  readonly #now: () => number;
  readonly #objects;
  readonly #pods = new Map<string, PodState>();

  constructor(options: VolumeManagerOptions) {
    this.#options = options;
    this.#now = options.now ?? Date.now;
    this.#objects = createObjectSource(options.client, this.#now);
  }

  async prepare(pod: Pod): Promise<PodVolumes> {
    const directory = podDirectory(this.#options.rootDirectory, pod.metadata.uid);
    await ensureDirectory(join(directory, 'volumes'), 0o750);
    const state = this.#stateOf(pod.metadata.uid);
    const wanted = (pod.spec.volumes ?? []).filter((volume) => !state.prepared.has(volume.name));
    await this.#prepareAll(pod, state, wanted, 0);
    return podVolumes(directory, state.prepared);
  }

  async refresh(pod: Pod): Promise<void> {
    const state = this.#stateOf(pod.metadata.uid);
    const due = (pod.spec.volumes ?? []).filter((volume) => isContentVolume(volume) && this.#isDue(pod, state, volume));
    await this.#prepareAll(pod, state, due, sharedAnswerMs);
  }

  async remove(uid: string): Promise<void> {
    const directory = podDirectory(this.#options.rootDirectory, uid);
    this.#pods.delete(uid);
    await unmountUnder(directory);
    // Nothing but the pod's own files may be deleted: what is still mounted here belongs to somebody else.
    const [left] = await mountsUnder(directory);
    if (left !== undefined) throw new Error(`${left.path} is still mounted`);
    await rm(directory, { recursive: true, force: true });
  }

  async podsOnDisk(): Promise<readonly string[]> {
    const names = (await readdirIfExists(podsDirectory(this.#options.rootDirectory))) ?? [];
    return names.filter(isUid);
  }

  #stateOf(uid: string): PodState {
    const known = this.#pods.get(uid);
    if (known !== undefined) return known;
    const state: PodState = { prepared: new Map(), dueAt: new Map(), downward: new Map() };
    this.#pods.set(uid, state);
    return state;
  }

  #isDue(pod: Pod, state: PodState, volume: Volume): boolean {
    const dueAt = state.dueAt.get(volume.name);
    if (dueAt === undefined || this.#now() >= dueAt) return true;
    return this.#downwardText(pod, volume) !== state.downward.get(volume.name);
  }

  /** Puts volumes in place side by side, and throws one error for all that failed. */
  async #prepareAll(pod: Pod, state: PodState, volumes: readonly Volume[], maxAgeMs: number): Promise<void> {
    const outcomes = await Promise.allSettled(
      volumes.map(async (volume) => {
        // A refresh that fails is tried again when the next one is due, not at every sync.
        state.dueAt.set(volume.name, this.#now() + refreshMs * (1 + Math.random() / 2));
        state.downward.set(volume.name, this.#downwardText(pod, volume));
        const prepared = await prepareVolume(this.#contextOf(pod, volume.name, maxAgeMs), volume);
        state.prepared.set(volume.name, prepared);
      }),
    );
    const failures = outcomes.flatMap((outcome, index) => {
      const name = volumes[index]?.name ?? '';
      return outcome.status === 'rejected' ? [volumeError(name, outcome.reason)] : [];
    });
    if (failures.length > 0) throw new PodVolumesError(failures);
  }

  #contextOf(pod: Pod, name: string, maxAgeMs: number): VolumeContext {
    const { client, rootDirectory } = this.#options;
    return {
      pod,
      name,
      podDirectory: podDirectory(rootDirectory, pod.metadata.uid),
      client,
      objects: this.#objects,
      allocatable: this.#options.allocatable(),
      maxAgeMs,
      now: this.#now,
    };
  }

  /** All that the downward API says in a volume: it changes with the pod and costs no request. */
  #downwardText(pod: Pod, { downwardAPI, projected }: Volume): string {
    const sources = [downwardAPI, ...(projected?.sources ?? []).map((source) => source.downwardAPI)];
    const allocatable = this.#options.allocatable();
    const texts = sources.flatMap((source) =>
      [...downwardPayload(source?.items, { pod, defaultMode: 0, allocatable }).values()].map(({ data }) =>
        Buffer.from(data).toString('base64'),
      ),
    );
    return texts.join(' ');
  }
}

function podVolumes(directory: string, prepared: ReadonlyMap<string, PreparedVolume>): PodVolumes {
  const volumes = new Map(prepared);
  const groups = [...volumes.values()].flatMap(({ supplementalGroup: group }) => (group === undefined ? [] : [group]));
  return {
    mountsOf: (container, environment) => containerMounts({ podDirectory: directory, container, volumes, environment }),
    devicesOf: (container) => containerDevices(container, volumes),
    supplementalGroups: [...new Set(groups)],
  };
}

function volumeError(volume: string, cause: unknown): VolumeError {
  const message = cause instanceof Error ? cause.message : String(cause);
  const code = codeOf(cause);
  if (cause instanceof VolumeFault && cause.wholeMessage) return new VolumeError(code, volume, message, { cause });
  const whole = `MountVolume.SetUp failed for volume ${JSON.stringify(volume)} : ${message}`;
  return new VolumeError(code, volume, whole, { cause });
}

function codeOf(cause: unknown): VolumeErrorCode {
  if (cause instanceof VolumeFault) return cause.code;
  // The API server's refusals and silences are about things that may yet come.
  return cause instanceof StatusError || cause instanceof ConnectionError ? 'NotReady' : 'Failed';
}
