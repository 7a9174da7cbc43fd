import { setTimeout as sleep } from 'node:timers/promises';
import type { Node } from '../../api/core/node.schema.ts';
import type { Logger } from '../../system/logger.ts';
import type { NodeScrape } from './scrape.ts';
import { parseScrape } from './scrape.ts';
import type { NodeUsage } from './usage.ts';
import { nodeUsage } from './usage.ts';

/** The text of a kubelet's `/metrics/resource`; rejects when it cannot be had. */
export type NodeScraper = (node: Node, signal: AbortSignal) => Promise<string>;

/** What has been computed is answered again for so long. */
const freshMs = 10_000;
/** An older scrape says little about now. */
const usefulMs = 60_000;
/** How far apart two scrapes are when there is none to compare with. */
const apartMs = 2000;
const scrapeMs = 5000;

interface Known {
  readonly scrape: NodeScrape;
  readonly takenAt: number;
  usage: NodeUsage | undefined;
}

/**
 * Knows what nodes and containers use. Nobody is asked before somebody wants to know; the first answer takes the two
 * seconds that a rate needs, later ones compare with what was seen last.
 */
export class UsageSource {
  readonly #scrape: NodeScraper;
  readonly #logger: Logger;
  readonly #known = new Map<string, Known>();
  readonly #underWay = new Map<string, Promise<NodeUsage | undefined>>();

  constructor(scrape: NodeScraper, logger: Logger) {
    this.#scrape = scrape;
    this.#logger = logger;
  }

  /** What each node uses; one whose kubelet does not answer is left out. */
  async usage(nodes: readonly Node[]): Promise<ReadonlyMap<string, NodeUsage>> {
    const names = new Set(nodes.map(({ metadata }) => metadata.name));
    for (const name of this.#known.keys()) {
      const { takenAt = 0 } = this.#known.get(name) ?? {};
      if (!names.has(name) && performance.now() - takenAt > usefulMs) this.#known.delete(name);
    }
    const found = await Promise.all(nodes.map(async (node) => [node.metadata.name, await this.#of(node)] as const));
    return new Map(found.flatMap(([name, usage]) => (usage === undefined ? [] : [[name, usage] as const])));
  }

  #of(node: Node): Promise<NodeUsage | undefined> {
    const { name } = node.metadata;
    const known = this.#known.get(name);
    if (known?.usage !== undefined && performance.now() - known.takenAt < freshMs) return Promise.resolve(known.usage);
    let asked = this.#underWay.get(name);
    if (asked === undefined) {
      asked = this.#ask(node, known).finally(() => this.#underWay.delete(name));
      this.#underWay.set(name, asked);
    }
    return asked;
  }

  async #ask(node: Node, known: Known | undefined): Promise<NodeUsage | undefined> {
    try {
      let before = known !== undefined && performance.now() - known.takenAt < usefulMs ? known : undefined;
      if (before === undefined) {
        before = await this.#take(node);
        await sleep(apartMs);
      }
      const now = await this.#take(node);
      now.usage = nodeUsage(before.scrape, now.scrape);
      this.#known.set(node.metadata.name, now);
      return now.usage;
    } catch (err) {
      this.#logger.debug({ err, node: node.metadata.name }, 'A kubelet does not say what its node uses');
      return undefined;
    }
  }

  async #take(node: Node): Promise<Known> {
    const takenAt = performance.now();
    const scrape = parseScrape(await this.#scrape(node, AbortSignal.timeout(scrapeMs)));
    return { scrape, takenAt, usage: undefined };
  }
}
