/** To the relay: connect to this port of the pod's localhost. */
export interface DialRequest {
  readonly id: number;
  readonly port: number;
}

/** From the relay: the socket comes with it, unless it says why there is none. */
export interface DialResult {
  readonly id: number;
  readonly error?: string;
}
