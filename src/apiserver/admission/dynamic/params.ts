import type { ParamKind, ParamRef } from '../../../api/admissionregistration/shared.schema.ts';
import { isStatus } from '../../../api/status-error.ts';
import { selectorMatches } from '../../../api/values/label-selector.ts';
import type { ApiObject } from '../../registry/api-object.ts';
import { converting, fromStored } from '../../registry/conversion.ts';
import type { KindRegistry } from '../../registry/kind-registry.ts';
import type { AdmissionContext, AdmissionRequest } from '../types.ts';

/** The objects with which a policy is to be evaluated, one after the other; `null` for one that has none. */
export async function paramsFor(
  kinds: KindRegistry,
  request: AdmissionRequest,
  { paramKind, paramRef }: { readonly paramKind: ParamKind | undefined; readonly paramRef: ParamRef | undefined },
  context: AdmissionContext,
): Promise<readonly (ApiObject | null)[]> {
  if (paramKind === undefined || paramRef === undefined) return [null];
  const { apiVersion = '', kind: called = '' } = paramKind;
  const [version = '', group = ''] = apiVersion.split('/').toReversed();
  const kind = kinds.kind({ group, version, kind: called });
  if (kind === undefined) {
    throw new Error(
      `failed to configure policy: failed to find resource referenced by paramKind: '${apiVersion}, Kind=${called}'`,
    );
  }
  const { name = '', selector, namespace: wanted = '', parameterNotFoundAction } = paramRef;
  const namespace = kind.namespaced ? (wanted === '' ? request.namespace : wanted) : '';
  if (kind.namespaced && namespace === '') {
    throw new Error(
      'failed to configure binding: cannot use namespaced paramRef in policy binding that matches cluster-scoped resources',
    );
  }
  if (!kind.namespaced && wanted !== '') {
    throw new Error(
      'failed to configure binding: paramRef.namespace must not be provided for a cluster-scoped `paramKind`',
    );
  }
  const stored = kinds.stored(kind);
  const found = await find();
  if (found.length > 0) return Promise.all(found.map((object) => converting(() => fromStored(stored, kind, object))));
  if (parameterNotFoundAction === 'Allow') return [];
  throw new Error(
    'failed to configure binding: no params found for policy binding with `Deny` parameterNotFoundAction',
  );

  async function find(): Promise<readonly ApiObject[]> {
    if (name === '') {
      const all = await context.list(stored, namespace);
      return all.filter(({ metadata }) => selectorMatches(selector, metadata.labels));
    }
    try {
      return [(await context.read(stored, { name, namespace })) as unknown as ApiObject];
    } catch (error) {
      if (isStatus(error, 'NotFound')) return [];
      throw error;
    }
  }
}
