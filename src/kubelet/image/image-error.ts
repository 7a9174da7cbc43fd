/** Why a container's image is not there: the reason under which the container waits. */
export type ImageErrorReason =
  | 'ErrImagePull'
  | 'ImagePullBackOff'
  | 'InvalidImageName'
  | 'ErrImageNeverPull'
  | 'ImageInspectError';

/** A container cannot start for want of its image; the message is that of its waiting state. */
export class ImageError extends Error {
  readonly code: ImageErrorReason;
  /** When another attempt makes sense; undefined where only a change of the pod helps. */
  readonly retryAfterMs: number | undefined;

  constructor(code: ImageErrorReason, message: string, retryAfterMs?: number) {
    super(message);
    this.name = 'ImageError';
    this.code = code;
    this.retryAfterMs = retryAfterMs;
  }
}
