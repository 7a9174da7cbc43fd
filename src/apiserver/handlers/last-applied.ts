import type { AnyKind } from '../../api/kind.ts';
import { goJson } from '../../machinery/go-json.ts';
import { isJsonObject } from '../../machinery/json.ts';
import { compareValues } from '../../machinery/managed-fields/compare.ts';
import { pathsOf } from '../../machinery/managed-fields/paths-of.ts';
import { formatPath, structureOf } from '../../machinery/managed-fields/structure.ts';
import type { ApiObject } from '../registry/api-object.ts';

const annotation = 'kubectl.kubernetes.io/last-applied-configuration';
/** The one manager that used to apply on the client's side, and may take over what it applied then. */
const kubectl = 'kubectl';
const maxAnnotationBytes = 256 * 1024;

/**
 * The paths that kubectl applied on the client's side and nobody has changed since: applying them on the server's
 * side is no conflict. Undefined where there are none.
 */
export function allowedByLastApplied(kind: AnyKind, live: ApiObject, manager: string): ReadonlySet<string> | undefined {
  const text = manager === kubectl ? live.metadata.annotations?.[annotation] : undefined;
  if (text === undefined || text === '') return undefined;
  let last: unknown;
  try {
    last = JSON.parse(text);
  } catch {
    // Whoever wrote something else there has not applied anything.
    return undefined;
  }
  if (!isJsonObject(last)) return undefined;
  const structure = structureOf(kind.schema);
  const { added, modified, removed } = compareValues(structure, last, live);
  const same = pathsOf(structure, last).difference(modified).difference(added).difference(removed);
  return new Set([...same.paths()].map(formatPath));
}

/** Keeps the annotation of client-side apply, where there is one, in step with what kubectl applies. */
export function withLastApplied(object: ApiObject, configuration: ApiObject, manager: string): ApiObject {
  const { annotations } = object.metadata;
  if (manager !== kubectl || annotations?.[annotation] === undefined) return object;
  const { annotations: given, ...metadata } = configuration.metadata;
  const { [annotation]: _last, ...own } = given ?? {};
  const written = { ...configuration, metadata: given === undefined ? metadata : { ...metadata, annotations: own } };
  const text = `${goJson(written)}\n`;
  if (text.length > maxAnnotationBytes) return object;
  return { ...object, metadata: { ...object.metadata, annotations: { ...annotations, [annotation]: text } } };
}
