import type { MapName } from '../socket/layout.ts';

/** One change of a map; without a value the key is removed. */
export interface MapChange {
  readonly map: MapName;
  readonly key: Uint8Array;
  readonly value?: Uint8Array;
}

/** What the helper is asked to do. */
export type HelperRequest =
  /** Makes or finds maps and programs; answers nothing. */
  | { readonly id: number; readonly do: 'open'; readonly directory: string; readonly cgroup: string }
  /** Carries out changes in order. */
  | { readonly id: number; readonly do: 'change'; readonly changes: readonly MapChange[] }
  /** Answers a map's entries. */
  | { readonly id: number; readonly do: 'read'; readonly map: MapName }
  /** Answers the cookies of network namespaces by their files; those that are gone are left out. */
  | { readonly id: number; readonly do: 'cookies'; readonly paths: readonly string[] }
  /** Opens what batches need; answers nothing. */
  | { readonly id: number; readonly do: 'prepare'; readonly namespace?: string | undefined }
  /** Sends a batch to nf_tables, of a namespace by its file or of the helper's own; answers the kernel's messages. */
  | {
      readonly id: number;
      readonly do: 'transact';
      readonly batch: Uint8Array;
      readonly namespace?: string | undefined;
    };

export interface HelperAnswer {
  readonly id: number;
  readonly error?: string;
  readonly result?: unknown;
}
