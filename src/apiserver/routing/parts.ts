import type { AnyKind } from '../../api/kind.ts';
import type { ConnectHandlers } from '../streaming/types.ts';
import type { ReviewHandler, TokenIssuer } from '../options.ts';
import type { Core } from '../registry/core.ts';
import type { UsageSource } from '../resource-metrics/source.ts';
import type { RequestInfo } from '../request/request-info.ts';
import type { BookmarkClock } from '../watch/bookmark-clock.ts';
import type { FanOut } from '../watch/fan-out.ts';

/** What requests for resources are answered with. */
export interface ServerParts {
  readonly core: Core;
  readonly clock: BookmarkClock;
  readonly fanOut: FanOut;
  /** Told of each watch that begins; what it returns is told of its end. */
  readonly watchOpened: (info: Pick<RequestInfo, 'resource' | 'group'>) => () => void;
  readonly connect: ConnectHandlers | undefined;
  /** What nodes and pods use; undefined where kubelets cannot be asked. */
  readonly usage: UsageSource | undefined;
  readonly issueToken: TokenIssuer | undefined;
  readonly reviews: Readonly<Record<string, ReviewHandler>>;
}

/** The verbs of a kind as a look-up. */
export function serves(kind: AnyKind, verb: string): boolean {
  return (kind.verbs as readonly string[]).includes(verb);
}
