import type { MessageSchema } from '../../../api/schema.ts';
import type { Applied } from '../apply.ts';
import { applyConfiguration } from '../apply.ts';
import type { Managers, Owned, Owner } from '../managers.ts';
import { structureOf } from '../structure.ts';
import type { Structure } from '../structure.ts';
import { recordUpdate } from '../update.ts';
import type { Versions } from '../versions.ts';

export interface StoryOptions {
  readonly apiVersion?: string;
  readonly versions?: Versions;
}

interface WriteOptions {
  readonly force?: boolean;
  readonly subresource?: string;
  readonly ignored?: readonly string[];
}

/** An object and its owners through a series of writes, each a second after the one before. */
export class Story {
  readonly structure: Structure;
  readonly apiVersion: string;
  readonly versions: Versions | undefined;
  object: unknown = undefined;
  managers: Managers = new Map();
  #seconds = 0;

  constructor(schema: MessageSchema, { apiVersion = 'v1', versions }: StoryOptions = {}) {
    this.structure = structureOf(schema);
    this.apiVersion = apiVersion;
    this.versions = versions;
  }

  apply(
    manager: string,
    applied: object,
    { force = false, subresource = '', ignored = [] }: WriteOptions = {},
  ): Applied {
    const { object: live, managers, structure, versions } = this;
    const owner = this.#owner(manager, 'Apply', subresource);
    const now = this.#now();
    const result = applyConfiguration({ structure, live, applied, managers, owner, now, ignored, versions });
    if (result.conflicts.length === 0 || force) {
      this.object = result.object;
      this.managers = result.managers;
    }
    return result;
  }

  update(manager: string, after: object, { subresource = '' }: WriteOptions = {}): void {
    const { object: before = {}, managers, structure, versions } = this;
    const owner = this.#owner(manager, 'Update', subresource);
    this.managers = recordUpdate({ structure, before, after, managers, owner, now: this.#now(), versions });
    this.object = after;
  }

  entry(manager: string): Owned | undefined {
    return [...this.managers.values()].find((owned) => owned.manager === manager);
  }

  fieldsOf(manager: string): unknown {
    return this.entry(manager)?.set.toJson();
  }

  #owner(manager: string, operation: Owner['operation'], subresource: string): Owner {
    return { manager, operation, apiVersion: this.apiVersion, subresource };
  }

  #now(): string {
    return new Date(Date.UTC(2026, 0, 1) + this.#seconds++ * 1000).toISOString().replace('.000', '');
  }
}
