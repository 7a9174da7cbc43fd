import type { AnyKind } from '../../api/kind.ts';
import { structureOf } from '../../machinery/managed-fields/structure.ts';
import type { Versions } from '../../machinery/managed-fields/versions.ts';
import type { ApiObject } from './api-object.ts';
import { fromStored, toStored } from './conversion.ts';
import type { KindRegistry } from './kind-registry.ts';

/** The other versions in which the objects of a kind are served, for the record of their field managers. */
export function versionsOf(kinds: KindRegistry, kind: AnyKind): Versions {
  return (apiVersion) => {
    const [version = '', group = ''] = apiVersion.split('/').toReversed();
    const other = kinds.kind({ group, version, kind: kind.kind });
    const stored = kinds.stored(kind);
    if (other === undefined || kinds.stored(other) !== stored) return undefined;
    const between = (from: AnyKind, to: AnyKind) => (object: unknown) =>
      fromStored(stored, to, toStored(from, stored, object as ApiObject));
    return { structure: structureOf(other.schema), convert: between(kind, other), convertBack: between(other, kind) };
  };
}
