import type { AnyKind } from '../../api/kind.ts';

type Stored = Pick<AnyKind, 'group' | 'plural' | 'namespaced'>;

/** Under which all of a kind's objects stand, e.g. `/apps/deployments/`; of one namespace when it is given. */
export function prefixOf(kind: Stored, namespace = ''): string {
  const root = kind.group === '' ? `/${kind.plural}/` : `/${kind.group}/${kind.plural}/`;
  return kind.namespaced && namespace !== '' ? `${root}${namespace}/` : root;
}

/** Where one object is kept. */
export function keyOfObject(kind: Stored, namespace: string, name: string): string {
  return `${prefixOf(kind, namespace)}${name}`;
}
