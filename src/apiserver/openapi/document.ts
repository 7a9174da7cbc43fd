import type { AnyKind } from '../../api/kind.ts';
import type { ServedVersion } from '../discovery/groups.ts';
import { subresourcesOf } from '../discovery/resources.ts';
import type { KindRegistry } from '../registry/kind-registry.ts';
import { bodyOf, DeleteOptionsBody, listSchema, Patch, Status, WatchEvent } from './bodies.ts';
import { describeKind } from './descriptions.ts';
import type { PathItem } from './paths.ts';
import { KindPaths } from './paths.ts';
import type { JsonSchema, Root } from './schema.ts';
import { namedSchemas } from './schema.ts';

/** An OpenAPI 3.0 document of one group and version. */
export interface OpenApiDocument {
  readonly openapi: '3.0.0';
  readonly info: { readonly title: string; readonly version: string };
  readonly paths: Readonly<Record<string, PathItem>>;
  readonly components: {
    readonly schemas: Readonly<Record<string, JsonSchema>>;
    readonly securitySchemes: Readonly<Record<string, unknown>>;
  };
}

/** What precedes a version's paths: `api/v1`, `apis/apps/v1`. */
export function documentPath(group: string, version: string): string {
  return group === '' ? `api/${version}` : `apis/${group}/${version}`;
}

/** Describes one served version of a group. */
export function describeVersion(group: string, served: ServedVersion, kinds: KindRegistry): OpenApiDocument {
  const root = `/${documentPath(group, served.version)}`;
  const paths = served.kinds.flatMap((kind) => [...new KindPaths(kind, kinds).build(root)]);
  return {
    openapi: '3.0.0',
    info: { title: 'Kubernetes', version: 'unversioned' },
    paths: Object.fromEntries(paths.toSorted(([a], [b]) => (a < b ? -1 : 1))),
    components: {
      schemas: namedSchemas([...metaRoots(group, served.version), ...served.kinds.flatMap((k) => kindRoots(k, kinds))]),
      securitySchemes: { BearerToken: { type: 'apiKey', name: 'authorization', in: 'header' } },
    },
  };
}

function kindRoots(kind: AnyKind, kinds: KindRegistry): Root[] {
  const { group, version } = kind;
  const roots: Root[] = [{ schema: kind.schema, kinds: [kind], description: describeKind(kind) }];
  if (kind.verbs.includes('list')) {
    roots.push({ schema: listSchema(kind), kinds: [{ group, version, kind: kind.listKind ?? `${kind.kind}List` }] });
  }
  for (const { kind: other } of subresourcesOf(kind)) {
    const schema = bodyOf(other, kinds);
    if (schema !== undefined && schema !== kind.schema) roots.push({ schema, kinds: [other] });
  }
  return roots;
}

function metaRoots(group: string, version: string): Root[] {
  const core = { group: '', version: 'v1' };
  const here = { group, version };
  const everywhere = group === '' ? [here] : [core, here];
  const named = (kind: string) => everywhere.map((address) => ({ ...address, kind }));
  return [
    { schema: Status, kinds: [{ ...core, kind: 'Status' }] },
    { schema: DeleteOptionsBody, kinds: named('DeleteOptions') },
    { schema: WatchEvent, kinds: named('WatchEvent') },
    { schema: Patch },
  ];
}
