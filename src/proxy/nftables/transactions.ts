import { runNftables } from '../../system/nftables.ts';
import { namespacePath } from '../../system/namespaces.ts';
import type { HelperClient } from '../helper/client.ts';
import { checkAnswers } from './netlink/answers.ts';
import type { Batch } from './netlink/batch.ts';
import { UnknownRuleError } from './netlink/rules.ts';

/** By what transactions reach the kernel, and why. */
export interface TransactionPath {
  readonly by: 'netlink' | 'nft';
  readonly why: string;
}

export interface TransactionsOptions {
  /** A folder on tmpfs for the text of what `nft` carries out. */
  readonly directory: string;
  /** A named network namespace, for tests; the agent is inside its node's already. */
  readonly namespace?: string | undefined;
  /** The process that speaks netlink; `nft` alone when left out. */
  readonly helper?: Pick<HelperClient, 'ask'> | undefined;
  /** Told when the path changes, or the reason for it. */
  readonly onPath?: ((path: TransactionPath) => void) | undefined;
}

/** One transaction in both forms; each is made when it is wanted. */
export interface Transaction {
  readonly encode: () => Batch;
  readonly render: () => string;
}

/** How long `nft` does the work after the helper has failed. */
const retryMs = 60_000;

/** Carries out transactions by netlink, and by `nft` for as long as the helper process cannot be used. */
export class Transactions {
  readonly #options: TransactionsOptions;
  #path: TransactionPath | undefined;
  #preparing = false;
  /** When netlink may be tried; until the helper process has started once, `nft` is quicker than to wait for it. */
  #retryAt = Number.POSITIVE_INFINITY;

  constructor(options: TransactionsOptions) {
    this.#options = options;
  }

  /** Starts the helper, which changes go through from when it is ready; never rejects. */
  async prepare(): Promise<void> {
    const { helper } = this.#options;
    if (helper === undefined || this.#preparing || this.#path !== undefined) return;
    this.#preparing = true;
    try {
      await helper.ask({ do: 'prepare', namespace: this.#namespace });
      this.#retryAt = Number.NEGATIVE_INFINITY;
      this.#report({ by: 'netlink', why: 'the helper process runs' });
    } catch (error) {
      this.#gaveUp(error);
    }
  }

  /** Rejects where the kernel refuses, with what it refused; then nothing has changed. */
  async carryOut({ encode, render }: Transaction): Promise<void> {
    const batch = this.#encode(encode);
    const answers = batch === undefined ? undefined : await this.#send(batch);
    if (batch !== undefined && answers !== undefined) checkAnswers(answers, batch);
    else await runNftables(render(), this.#options);
  }

  /** Carries out text by `nft`, for what netlink has no form of here. */
  run(text: string): Promise<void> {
    return runNftables(text, this.#options);
  }

  get #namespace(): string | undefined {
    const { namespace } = this.#options;
    return namespace === undefined ? undefined : namespacePath(namespace);
  }

  #encode(encode: () => Batch): Batch | undefined {
    if (this.#options.helper === undefined || performance.now() < this.#retryAt) return undefined;
    try {
      return encode();
    } catch (error) {
      if (error instanceof UnknownRuleError) return undefined;
      throw error;
    }
  }

  /**
   * Undefined where the helper has failed. Should it have failed after sending, `nft` meets what is there already and
   * refuses at worst, which brings a full sync.
   */
  async #send({ bytes }: Batch): Promise<Uint8Array | undefined> {
    try {
      const request = { do: 'transact', batch: bytes, namespace: this.#namespace } as const;
      const answers = (await this.#options.helper?.ask(request)) as Uint8Array;
      this.#report({ by: 'netlink', why: 'the helper process runs' });
      return answers;
    } catch (error) {
      this.#gaveUp(error);
      return undefined;
    }
  }

  #gaveUp(error: unknown): void {
    this.#retryAt = performance.now() + retryMs;
    this.#report({ by: 'nft', why: error instanceof Error ? error.message : String(error) });
  }

  #report(path: TransactionPath): void {
    if (path.by === this.#path?.by && path.why === this.#path.why) return;
    this.#path = path;
    this.#options.onPath?.(path);
  }
}
