import type { AnyKind } from '../../api/kind.ts';
import { fieldMatcher, parseFieldSelector, requiredValue } from '../../machinery/selectors/field-selector.ts';
import { parseLabelSelector } from '../../machinery/selectors/label-selector.ts';
import type { ApiObject } from '../registry/api-object.ts';
import type { KubeObject } from '../../api/object.ts';

/** Which of a kind's objects a list or watch is about. */
export interface Selection {
  /** Undefined when every object is. */
  readonly matches: ((object: ApiObject) => boolean) | undefined;
  /** The one name that can match, where the field selector asks for one. */
  readonly name: string | undefined;
}

/** Reads the label and field selectors of a query; throws StatusError `BadRequest` for a broken or unknown one. */
export function selectionOf(kind: AnyKind, query: URLSearchParams): Selection {
  const labelText = query.get('labelSelector') ?? '';
  const fieldText = query.get('fieldSelector') ?? '';
  const labels = labelText === '' ? undefined : parseLabelSelector(labelText);
  const fields = fieldText === '' ? undefined : parseFieldSelector(fieldText);
  const byField = fields === undefined || fields.requirements.length === 0 ? undefined : fieldMatcher(fields, kind);
  const byLabel = labels === undefined || labels.requirements.length === 0 ? undefined : labels;
  const name = fields === undefined ? undefined : requiredValue(fields, 'metadata.name');
  if (byField === undefined && byLabel === undefined) return { matches: undefined, name };
  return {
    name,
    matches: (object) =>
      (byLabel === undefined || byLabel.matches(object.metadata.labels)) &&
      (byField === undefined || byField(object as unknown as KubeObject)),
  };
}
