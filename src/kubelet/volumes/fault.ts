import type { VolumeErrorCode } from './types.ts';

/** What a plugin throws when it knows what the failure means; the manager says which volume it was. */
export class VolumeFault extends Error {
  readonly code: VolumeErrorCode;
  /** Takes the place of the usual `MountVolume.SetUp failed for volume` in the event. */
  readonly wholeMessage: boolean;

  constructor(code: VolumeErrorCode, message: string, options: { wholeMessage?: boolean; cause?: unknown } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'VolumeFault';
    this.code = code;
    this.wholeMessage = options.wholeMessage === true;
  }
}
