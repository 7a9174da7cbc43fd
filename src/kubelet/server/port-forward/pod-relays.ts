import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import type { Socket } from 'node:net';
import { join } from 'node:path';
import type { Logger } from '../../../system/logger.ts';
import { dialLocalhost } from './dial-localhost.ts';
import type { DialRequest, DialResult } from './relay-messages.ts';

const relayProgram = join(import.meta.dirname, 'relay.ts');
/** A relay that nobody needs stays this long for whoever comes next. */
const lingerMs = 5000;
const dialTimeoutMs = 30_000;

/** The right to open connections inside one pod's network; to be disposed of when the forward ends. */
export interface RelayLease extends Disposable {
  /** Connects to a port of the pod's localhost; rejects with upstream's words, e.g. `…: connect: connection refused`. */
  dial(port: number): Promise<Socket>;
}

/** One process inside a pod's network namespace, started when the first connection is wanted. */
class PodRelay {
  users = 0;
  readonly #namespacePath: string;
  readonly #logger: Logger;
  readonly #waiting = new Map<number, PromiseWithResolvers<Socket>>();
  #child: ChildProcess | undefined;
  #nextId = 1;

  constructor(namespacePath: string, logger: Logger) {
    this.#namespacePath = namespacePath;
    this.#logger = logger;
  }

  start(): ChildProcess {
    if (this.#child !== undefined) return this.#child;
    const argv = [`--net=${this.#namespacePath}`, '--', process.execPath, '--no-warnings', relayProgram];
    const child = spawn('nsenter', argv, {
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
      env: { PATH: process.env['PATH'] },
    });
    this.#child = child;
    let said = '';
    child.stderr?.on('data', (chunk: Buffer) => {
      said = `${said}${chunk.toString()}`.slice(-1000);
    });
    child.on('message', (result, socket) => this.#settle(result as DialResult, socket as Socket | undefined));
    const ended = (why: string): void => {
      if (this.#child !== child) return;
      this.#child = undefined;
      if (this.#waiting.size > 0)
        this.#logger.warn({ namespace: this.#namespacePath, said }, `Port-forward relay ${why}`);
      this.#fail(`the relay into the pod's network ${why}: ${said.trim()}`);
    };
    child.on('error', (error) => ended(`cannot be started (${error.message})`));
    child.on('exit', (code, signal) => ended(`ended (${signal ?? code})`));
    return child;
  }

  dial(port: number): Promise<Socket> {
    const child = this.start();
    const request: DialRequest = { id: this.#nextId++, port };
    const waiting = Promise.withResolvers<Socket>();
    this.#waiting.set(request.id, waiting);
    const timer = setTimeout(() => {
      this.#waiting.delete(request.id);
      waiting.reject(new Error(`failed to connect to localhost:${port}: i/o timeout`));
    }, dialTimeoutMs);
    // A relay that cannot be reached has ended or is about to: its end says why.
    child.send(request, () => undefined);
    return waiting.promise.finally(() => clearTimeout(timer));
  }

  stop(): void {
    const child = this.#child;
    this.#child = undefined;
    this.#fail('the forward has ended');
    child?.removeAllListeners('message');
    if (child?.connected === true) child.disconnect();
  }

  #settle({ id, error }: DialResult, socket: Socket | undefined): void {
    const waiting = this.#waiting.get(id);
    this.#waiting.delete(id);
    if (socket !== undefined && waiting !== undefined) {
      socket.allowHalfOpen = true;
      waiting.resolve(socket);
    } else {
      socket?.destroy();
      waiting?.reject(new Error(error ?? 'the relay handed over no connection'));
    }
  }

  #fail(why: string): void {
    for (const waiting of this.#waiting.values()) waiting.reject(new Error(why));
    this.#waiting.clear();
  }
}

/** The relays of a node, one for each pod whose ports are being forwarded. */
export class PodRelays implements Disposable {
  readonly #relays = new Map<string, PodRelay>();
  readonly #logger: Logger;

  constructor(logger: Logger) {
    this.#logger = logger;
  }

  /** Gives access to a network namespace, by its path; the node's own when undefined. */
  lease(namespacePath: string | undefined): RelayLease {
    if (namespacePath === undefined) return { dial: dialLocalhost, [Symbol.dispose]: () => undefined };
    let relay = this.#relays.get(namespacePath);
    if (relay === undefined) {
      relay = new PodRelay(namespacePath, this.#logger);
      this.#relays.set(namespacePath, relay);
    }
    const leased = relay;
    leased.users++;
    // Started now, it is ready when the first connection comes.
    leased.start();
    let released = false;
    return {
      dial: (port) => leased.dial(port),
      [Symbol.dispose]: () => {
        if (released) return;
        released = true;
        leased.users--;
        setTimeout(() => this.#stopIfUnused(namespacePath, leased), lingerMs).unref();
      },
    };
  }

  [Symbol.dispose](): void {
    for (const relay of this.#relays.values()) relay.stop();
    this.#relays.clear();
  }

  #stopIfUnused(path: string, relay: PodRelay): void {
    if (relay.users > 0 || this.#relays.get(path) !== relay) return;
    this.#relays.delete(path);
    relay.stop();
  }
}
