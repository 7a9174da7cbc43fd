import { ExecError } from '../../system/exec.ts';
import type { NftObject } from '../../system/nftables.ts';
import { queryNftables } from '../../system/nftables.ts';
import type { RulesetApplier } from '../applier.ts';
import type { Changes, Ruleset } from '../ruleset.ts';
import { differences } from './check.ts';
import { encodeChanges, encodeDeletions } from './netlink/encode.ts';
import { renderChanges, renderDeletions, renderRuleset, renderAffinityElements, tableName } from './render.ts';
import type { TransactionsOptions } from './transactions.ts';
import { Transactions } from './transactions.ts';

export interface NftablesApplierOptions extends TransactionsOptions {
  /** Told of a deletion of unused chains that failed; it is tried again with the next one. */
  readonly onError?: (error: unknown) => void;
}

/**
 * Chains that a transaction has emptied are deleted in a later one: kernels have refused, or taken long, to delete
 * what a rule of the same transaction still referred to.
 */
const deletionDelayMs = 1000;

/** Applies rulesets: whole ones with the `nft` command, changes by netlink where that works. */
export class NftablesApplier implements RulesetApplier {
  readonly #options: NftablesApplierOptions;
  readonly #transactions: Transactions;
  readonly #unusedChains = new Set<string>();
  readonly #unusedSets = new Set<string>();
  #timer: NodeJS.Timeout | undefined;
  /** Transactions follow one another: a deletion must not run into a change. */
  #last: Promise<unknown> = Promise.resolve();

  constructor(options: NftablesApplierOptions) {
    this.#options = options;
    this.#transactions = new Transactions(options);
  }

  replace(ruleset: Ruleset): Promise<void> {
    return this.#inTurn(async () => {
      const clients = ruleset.affinitySets.size === 0 ? [] : await this.#list();
      void this.#transactions.prepare();
      await this.#transactions.run(renderRuleset(ruleset) + renderAffinityElements(ruleset, clients));
      this.#unusedChains.clear();
      this.#unusedSets.clear();
    });
  }

  change(changes: Changes): Promise<void> {
    return this.#inTurn(async () => {
      // A set that comes back before it was deleted is still there, clients included.
      const addedSets = new Map([...changes.addedSets].filter(([name]) => !this.#unusedSets.has(name)));
      const news = { ...changes, addedSets };
      await this.#transactions.carryOut({ encode: () => encodeChanges(news), render: () => renderChanges(news) });
      for (const name of changes.addedChains) this.#unusedChains.delete(name);
      for (const name of changes.addedSets.keys()) this.#unusedSets.delete(name);
      for (const name of changes.unusedChains) this.#unusedChains.add(name);
      for (const name of changes.unusedSets) this.#unusedSets.add(name);
      this.#scheduleDeletion();
    });
  }

  async check(ruleset: Ruleset): Promise<readonly string[]> {
    return this.#inTurn(async () => {
      const unused = new Set([...this.#unusedChains, ...this.#unusedSets]);
      return differences(await this.#list(), ruleset, unused);
    });
  }

  async close(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    await this.#last;
  }

  async #list(): Promise<readonly NftObject[]> {
    const { namespace } = this.#options;
    try {
      return await queryNftables(['list', 'table', 'ip', tableName], { namespace });
    } catch (error) {
      if (error instanceof ExecError && error.stderr.includes('No such file or directory')) return [];
      throw error;
    }
  }

  #scheduleDeletion(): void {
    if (this.#timer !== undefined || this.#unusedChains.size + this.#unusedSets.size === 0) return;
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      this.#inTurn(async () => {
        const [chains, sets] = [this.#unusedChains, this.#unusedSets];
        if (chains.size + sets.size === 0) return;
        await this.#transactions.carryOut({
          encode: () => encodeDeletions(chains, sets),
          render: () => renderDeletions(chains, sets),
        });
        this.#unusedChains.clear();
        this.#unusedSets.clear();
      }).catch((error: unknown) => this.#options.onError?.(error));
    }, deletionDelayMs);
    this.#timer.unref();
  }

  #inTurn<T>(action: () => Promise<T>): Promise<T> {
    const result = this.#last.then(action);
    this.#last = result.catch(() => undefined);
    return result;
  }
}
