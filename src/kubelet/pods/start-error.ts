/** Why a container waits when its start failed. */
export type StartErrorReason =
  | 'CreateContainerConfigError'
  | 'CreateContainerError'
  | 'RunContainerError'
  | 'PostStartHookError';

/** A container could not be started; the message is that of its waiting state. */
export class StartError extends Error {
  readonly code: StartErrorReason;

  constructor(code: StartErrorReason, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'StartError';
    this.code = code;
  }
}
