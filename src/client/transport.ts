/** One exchange with the API server, over HTTPS or inside its process. */
export interface TransportRequest {
  readonly method: string;
  /** Path and query, e.g. `/api/v1/pods?limit=1`. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: Buffer;
  readonly signal?: AbortSignal;
}

export interface TransportResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  /** The body as it arrives; a watch's goes on until one side ends it. */
  readonly body: AsyncIterable<Uint8Array>;
}

export interface Transport {
  request(request: TransportRequest): Promise<TransportResponse>;
  close(): Promise<void>;
}
