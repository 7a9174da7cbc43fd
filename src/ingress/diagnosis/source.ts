import type { Ingress } from '../../api/networking/ingress.schema.ts';
import type { Source } from '../model/route-table.ts';

/** An Ingress as that which problems and routes point to. */
export function sourceOf({ apiVersion, kind, metadata }: Ingress): Source {
  const { namespace, name, uid } = metadata;
  return { apiVersion, kind, namespace, name, uid };
}
