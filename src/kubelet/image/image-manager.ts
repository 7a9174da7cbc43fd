import type { Container } from '../../api/core/container.schema.ts';
import type { Pod } from '../../api/core/pod.schema.ts';
import type { Secret } from '../../api/core/secret.schema.ts';
import { imageTag } from '../../api/values/image.ts';
import type { EventRecorder } from '../../client/event-recorder.ts';
import type { Logger } from '../../system/logger.ts';
import type { ImageClient } from '../cri/connection.ts';
import { runtimeErrorText } from '../cri/errors.ts';
import type { Image } from '../cri/generated/cri_pb.ts';
import type { BackOffState } from '../pods/back-off.ts';
import { raised, remainingSinceAttempt, restartBackOff } from '../pods/back-off.ts';
import { goDuration } from '../pods/duration.ts';
import { fieldPath } from '../pods/names.ts';
import type { SandboxConfig } from '../runtime/sandbox-config.ts';
import type { ImageUser } from '../runtime/security-context.ts';
import type { RegistryCredentials } from './credentials.ts';
import { credentialsFor } from './credentials.ts';
import { ImageError } from './image-error.ts';
import { SharedWork } from './pull-queue.ts';
import { imageNameComplaint, withDefaultTag } from './reference.ts';

/** An image that is on the node. */
export interface PresentImage {
  /** What containers are made from: the runtime's id of the image. */
  readonly ref: string;
  readonly user: ImageUser;
  readonly sizeBytes: bigint;
}

export interface ImageRequest {
  readonly pod: Pod;
  readonly container: Container;
  readonly sandbox: SandboxConfig;
  /** The pod's imagePullSecrets; asked for only when something is pulled. */
  readonly secrets: () => Promise<readonly Secret[]>;
  /** Aborted when the pod has no use for the image any more. */
  readonly signal: AbortSignal;
}

export interface ImageManagerOptions {
  readonly images: ImageClient;
  readonly events: EventRecorder;
  readonly logger: Logger;
  readonly now: () => number;
}

/** Longer than any pull that makes progress; containerd itself gives up on one that makes none. */
const pullTimeoutMs = 60 * 60_000;

interface Failure {
  readonly backOff: BackOffState;
  readonly message: string;
}

/** Sees to it that containers' images are on the node; wording and order of events are upstream's. */
export class ImageManager {
  readonly #options: ImageManagerOptions;
  readonly #pulls = new SharedWork<number>();
  /** By pod and image: each pod has its own back-off. */
  readonly #failures = new Map<string, Failure>();

  constructor(options: ImageManagerOptions) {
    this.#options = options;
  }

  /** The container's image, pulled if its policy and the node's stock ask for that. Throws ImageError. */
  async ensure(request: ImageRequest): Promise<PresentImage> {
    const { pod, container } = request;
    const { image: name = '', imagePullPolicy } = container;
    const complaint = imageNameComplaint(name);
    if (complaint !== undefined) {
      const message = `Failed to apply default image tag ${JSON.stringify(name)}: ${complaint}`;
      this.#warn(request, 'InspectFailed', message);
      throw new ImageError('InvalidImageName', message);
    }
    const image = withDefaultTag(name);
    const present = await this.#inspect(request, image);
    const policy = imagePullPolicy ?? (imageTag(name) === 'latest' ? 'Always' : 'IfNotPresent');
    if (present !== undefined && policy !== 'Always') {
      const message = `Container image ${JSON.stringify(name)} already present on machine and can be accessed by the pod`;
      this.#tell(request, 'Pulled', message);
      return present;
    }
    if (policy === 'Never') {
      const message = `Container image ${JSON.stringify(name)} is not present with pull policy of Never`;
      this.#warn(request, 'ErrImageNeverPull', message);
      throw new ImageError('ErrImageNeverPull', message);
    }
    const key = `${pod.metadata.uid}_${image}`;
    this.#holdBack(request, key, name);
    await this.#pull(request, image, key);
    const pulled = await this.#inspect(request, image);
    if (pulled === undefined)
      throw new ImageError('ErrImagePull', `image ${JSON.stringify(name)} vanished after it was pulled`, 0);
    return pulled;
  }

  /** Forgets what failed for a pod that is gone. */
  forget(uid: string): void {
    for (const key of this.#failures.keys()) if (key.startsWith(`${uid}_`)) this.#failures.delete(key);
  }

  #holdBack(request: ImageRequest, key: string, name: string): void {
    const failure = this.#failures.get(key);
    const wait = remainingSinceAttempt(failure?.backOff, this.#options.now(), restartBackOff);
    if (failure === undefined || wait === 0) return;
    const message = `Back-off pulling image ${JSON.stringify(name)}`;
    this.#tell(request, 'BackOff', message);
    throw new ImageError('ImagePullBackOff', `${message}: ErrImagePull: ${failure.message}`, wait);
  }

  async #pull(request: ImageRequest, image: string, key: string): Promise<void> {
    const { now } = this.#options;
    const quoted = JSON.stringify(request.container.image);
    this.#tell(request, 'Pulling', `Pulling image ${quoted}`);
    const began = now();
    try {
      const credentials = credentialsFor(image, await request.secrets());
      const started = await this.#pulledAt(request, image, credentials);
      this.#failures.delete(key);
      const ended = now();
      const size = (await this.#inspect(request, image))?.sizeBytes ?? 0n;
      const [took, waited] = [goDuration(ended - Math.max(started, began)), goDuration(ended - began)];
      this.#tell(
        request,
        'Pulled',
        `Successfully pulled image ${quoted} in ${took} (${waited} including waiting). Image size: ${size} bytes.`,
      );
    } catch (error) {
      if (request.signal.aborted) throw error;
      const message = pullErrorText(error);
      const backOff = raised(this.#failures.get(key)?.backOff, now(), restartBackOff);
      this.#failures.set(key, { backOff, message });
      this.#warn(request, 'Failed', `Failed to pull image ${quoted}: ${message}`);
      // The next look falls into the back-off and says so.
      throw new ImageError('ErrImagePull', message, Math.min(5000, backOff.durationMs / 2));
    }
  }

  /** Pulls with each of the credentials until one is good; when the pull began, in milliseconds since 1970. */
  async #pulledAt(request: ImageRequest, image: string, credentials: readonly RegistryCredentials[]): Promise<number> {
    const { images, now } = this.#options;
    const attempts = credentials.length === 0 ? [undefined] : credentials;
    let failure: unknown;
    for (const auth of attempts) {
      try {
        const key = JSON.stringify([image, auth]);
        return await this.#pulls.run(key, request.signal, async (signal) => {
          const began = now();
          await images.pullImage(
            { image: { image }, sandboxConfig: request.sandbox, ...(auth === undefined ? {} : { auth: { ...auth } }) },
            { signal, timeoutMs: pullTimeoutMs },
          );
          return began;
        });
      } catch (error) {
        if (request.signal.aborted) throw error;
        failure = error;
      }
    }
    throw failure;
  }

  async #inspect(request: ImageRequest, image: string): Promise<PresentImage | undefined> {
    try {
      const { image: found } = await this.#options.images.imageStatus({ image: { image } }, { signal: request.signal });
      return found === undefined ? undefined : presentImage(found);
    } catch (error) {
      if (request.signal.aborted) throw error;
      const message = `Failed to inspect image ${JSON.stringify(image)}: ${runtimeErrorText(error)}`;
      this.#warn(request, 'InspectFailed', message);
      throw new ImageError('ImageInspectError', message, 0);
    }
  }

  #tell(request: ImageRequest, reason: string, message: string): void {
    this.#event(request, 'Normal', reason, message);
  }

  #warn(request: ImageRequest, reason: string, message: string): void {
    this.#event(request, 'Warning', reason, message);
  }

  #event({ pod, container }: ImageRequest, type: 'Normal' | 'Warning', reason: string, message: string): void {
    const path = fieldPath(pod, container.name);
    this.#options.events.event(pod, type, reason, message, path === undefined ? {} : { fieldPath: path });
  }
}

/** An image as CRI describes it; one that names no user runs as root. */
function presentImage(image: Image): PresentImage {
  const uid = image.uid === undefined ? undefined : Number(image.uid.value);
  const root = uid === undefined && image.username === '';
  return { ref: image.id, user: { uid: root ? 0 : uid, username: image.username }, sizeBytes: image.size };
}

/** An error without a code of its own says nothing by `Unknown`: upstream leaves it out. */
function pullErrorText(error: unknown): string {
  return runtimeErrorText(error).replace(/^rpc error: code = Unknown desc = /, '');
}
