import type { JsonObject, MutableJson } from '../json.ts';
import { isJsonObject, setField } from '../json.ts';

/**
 * A set of field paths, as FieldsV1 writes one: a tree of path elements (`f:spec`, `k:{"name":"a"}`, `v:"x"`),
 * each of which may be in the set itself, above others that are. Sets are never changed once they are built.
 */
export class FieldSet {
  /** Whether the path that leads here is in the set. */
  readonly isMember: boolean;
  readonly children: ReadonlyMap<string, FieldSet>;

  constructor(isMember: boolean, children: ReadonlyMap<string, FieldSet>) {
    this.isMember = isMember;
    this.children = children;
  }

  get isEmpty(): boolean {
    return !this.isMember && this.children.size === 0;
  }

  child(element: string): FieldSet {
    return this.children.get(element) ?? emptySet;
  }

  union(other: FieldSet): FieldSet {
    if (other.isEmpty) return this;
    if (this.isEmpty) return other;
    const children = new Map(this.children);
    for (const [element, set] of other.children) {
      const own = children.get(element);
      children.set(element, own === undefined ? set : own.union(set));
    }
    return new FieldSet(this.isMember || other.isMember, children);
  }

  intersection(other: FieldSet): FieldSet {
    const children = new Map<string, FieldSet>();
    for (const [element, set] of this.children) {
      const theirs = other.children.get(element);
      const both = theirs === undefined ? emptySet : set.intersection(theirs);
      if (!both.isEmpty) children.set(element, both);
    }
    return new FieldSet(this.isMember && other.isMember, children);
  }

  /** Without the paths of `other`; what lies below such a path stays, unless it is in `other` as well. */
  difference(other: FieldSet): FieldSet {
    if (other.isEmpty) return this;
    const children = new Map<string, FieldSet>();
    for (const [element, set] of this.children) {
      const theirs = other.children.get(element);
      const left = theirs === undefined ? set : set.difference(theirs);
      if (!left.isEmpty) children.set(element, left);
    }
    return new FieldSet(this.isMember && !other.isMember, children);
  }

  /** Without some elements at the top and everything below them. */
  without(...elements: readonly string[]): FieldSet {
    const gone = elements.filter((element) => this.children.has(element));
    if (gone.length === 0) return this;
    const children = new Map(this.children);
    for (const element of gone) children.delete(element);
    return new FieldSet(this.isMember, children);
  }

  equals(other: FieldSet): boolean {
    if (this === other) return true;
    if (this.isMember !== other.isMember || this.children.size !== other.children.size) return false;
    for (const [element, set] of this.children) {
      const theirs = other.children.get(element);
      if (theirs === undefined || !set.equals(theirs)) return false;
    }
    return true;
  }

  /** All paths of the set, each a list of elements: what is near before what is below it, both in order. */
  *paths(prefix: readonly string[] = []): Generator<readonly string[]> {
    const sorted = this.#sorted();
    for (const [element, set] of sorted) if (set.isMember) yield [...prefix, element];
    for (const [element, set] of sorted) if (set.children.size > 0) yield* set.paths([...prefix, element]);
  }

  #sorted(): readonly (readonly [string, FieldSet])[] {
    return [...this.children].toSorted(([a], [b]) => (a < b ? -1 : Number(a > b)));
  }

  /** The set as `fieldsV1` holds it, its elements in order. */
  toJson(): JsonObject {
    const json: MutableJson = {};
    // A member without anything below it is `{}`; one with something says so by a dot.
    if (this.isMember && this.children.size > 0) json['.'] = {};
    for (const [element, set] of this.#sorted()) setField(json, element, set.toJson());
    return json;
  }
}

export const emptySet = new FieldSet(false, new Map());

const elementForm = /^(?:f:|v:|k:\{|i:\d+$)/s;

/** Reads a `fieldsV1`; undefined for anything that is none. */
export function parseFieldSet(json: unknown): FieldSet | undefined {
  const root = parseNode(json, 0);
  // At the top an empty object is an empty set, not a path.
  return root === undefined ? undefined : new FieldSet(false, root.children);
}

const maxDepth = 200;

function parseNode(json: unknown, depth: number): FieldSet | undefined {
  if (!isJsonObject(json) || depth > maxDepth) return undefined;
  const children = new Map<string, FieldSet>();
  let isMember = true;
  let explicit = false;
  for (const [element, value] of Object.entries(json)) {
    if (element === '.') {
      explicit = true;
      continue;
    }
    if (!elementForm.test(element)) return undefined;
    const child = parseNode(value, depth + 1);
    if (child === undefined) return undefined;
    children.set(element, child);
    isMember = false;
  }
  return new FieldSet(isMember || explicit, children);
}

interface Building {
  isMember: boolean;
  readonly children: Map<string, Building>;
}

/** Collects paths into a set. */
export class FieldSetBuilder {
  readonly #root: Building = { isMember: false, children: new Map() };

  insert(path: readonly string[]): void {
    let node = this.#root;
    for (const element of path) {
      let next = node.children.get(element);
      if (next === undefined) node.children.set(element, (next = { isMember: false, children: new Map() }));
      node = next;
    }
    node.isMember = true;
  }

  build(): FieldSet {
    return finish(this.#root);
  }
}

function finish(node: Building): FieldSet {
  if (node.children.size === 0) return node.isMember ? leaf : emptySet;
  const children = new Map<string, FieldSet>();
  for (const [element, child] of node.children) children.set(element, finish(child));
  return new FieldSet(node.isMember, children);
}

const leaf = new FieldSet(true, new Map());
