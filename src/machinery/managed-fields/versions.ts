import type { Structure } from './structure.ts';

/** An object's form in one version of its kind. */
export interface Version {
  readonly structure: Structure;
  /** From the form of the request's version. */
  readonly convert: (object: unknown) => unknown;
  /** Back to it. */
  readonly convertBack: (object: unknown) => unknown;
}

/** The versions of a kind by `apiVersion`; undefined for one that is not served any more. */
export type Versions = (apiVersion: string) => Version | undefined;

const same = (object: unknown): unknown => object;

/** The request's own version, and behind it all others. */
export function withOwnVersion(apiVersion: string, structure: Structure, others: Versions | undefined): Versions {
  const known = new Map<string, Version | undefined>([[apiVersion, { structure, convert: same, convertBack: same }]]);
  return (wanted) => {
    if (!known.has(wanted)) known.set(wanted, others?.(wanted));
    return known.get(wanted);
  };
}
