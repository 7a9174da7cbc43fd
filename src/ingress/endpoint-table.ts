/** Backends and their endpoints as nginx's Lua module reads them, one a line. */
export function formatEndpoints(entries: Iterable<readonly [string, readonly string[]]>): string {
  let text = '';
  for (const [backend, endpoints] of entries) text += `${backend}\t${endpoints.join(',')}\n`;
  return text;
}

/** Knows what nginx ought to know of each backend's endpoints, and what it has not been told yet. */
export class EndpointTable {
  readonly #endpoints = new Map<string, readonly string[]>();
  readonly #untold = new Set<string>();

  /** Notes a backend's endpoints; none takes it away. */
  set(backend: string, endpoints: readonly string[]): void {
    const before = this.#endpoints.get(backend) ?? [];
    if (before.length === endpoints.length && before.every((endpoint, index) => endpoint === endpoints[index])) return;
    if (endpoints.length === 0) this.#endpoints.delete(backend);
    else this.#endpoints.set(backend, endpoints);
    this.#untold.add(backend);
  }

  /** Takes away all backends but these. */
  retain(backends: ReadonlySet<string>): void {
    for (const backend of this.#endpoints.keys()) if (!backends.has(backend)) this.set(backend, []);
  }

  get hasChanges(): boolean {
    return this.#untold.size > 0;
  }

  /** What has changed since it was last called. */
  takeChanges(): string {
    const changed = [...this.#untold].map((backend) => [backend, this.#endpoints.get(backend) ?? []] as const);
    this.#untold.clear();
    return formatEndpoints(changed);
  }

  /** Everything. */
  format(): string {
    return formatEndpoints(this.#endpoints);
  }
}
