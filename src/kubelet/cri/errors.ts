import { Code, ConnectError } from '@connectrpc/connect';

/** gRPC's own names for its codes, as Go prints them and users know them from events. */
const goNames: Readonly<Record<number, string>> = {
  [Code.Canceled]: 'Canceled',
  [Code.Unknown]: 'Unknown',
  [Code.InvalidArgument]: 'InvalidArgument',
  [Code.DeadlineExceeded]: 'DeadlineExceeded',
  [Code.NotFound]: 'NotFound',
  [Code.AlreadyExists]: 'AlreadyExists',
  [Code.PermissionDenied]: 'PermissionDenied',
  [Code.ResourceExhausted]: 'ResourceExhausted',
  [Code.FailedPrecondition]: 'FailedPrecondition',
  [Code.Aborted]: 'Aborted',
  [Code.OutOfRange]: 'OutOfRange',
  [Code.Unimplemented]: 'Unimplemented',
  [Code.Internal]: 'Internal',
  [Code.Unavailable]: 'Unavailable',
  [Code.DataLoss]: 'DataLoss',
  [Code.Unauthenticated]: 'Unauthenticated',
};

/** The text of a failed call in the form that kubelets put into events: `rpc error: code = NotFound desc = …`. */
export function runtimeErrorText(error: unknown): string {
  if (error instanceof ConnectError)
    return `rpc error: code = ${goNames[error.code] ?? 'Unknown'} desc = ${error.rawMessage}`;
  return error instanceof Error ? error.message : String(error);
}

/** True when the runtime does not know the container, sandbox or image of the call. */
export function isNotFound(error: unknown): boolean {
  return error instanceof ConnectError && error.code === Code.NotFound;
}

/** True when no answer came: containerd is down or going down. */
export function isUnavailable(error: unknown): boolean {
  return error instanceof ConnectError && (error.code === Code.Unavailable || error.code === Code.Aborted);
}

/** True when the call took longer than it was given. */
export function isDeadlineExceeded(error: unknown): boolean {
  return error instanceof ConnectError && error.code === Code.DeadlineExceeded;
}
