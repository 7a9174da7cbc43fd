import { namespaces } from '../../api/resources.ts';
import { StatusError } from '../../api/status-error.ts';
import { forbidden } from '../http/status.ts';
import type { AdmissionPlugin } from './types.ts';

/** Without these a cluster does not work. */
const immortal = new Set(['default', 'kube-system', 'kube-public']);

/** Nothing new in a namespace that is not there or is going; the ones that every cluster needs stay. */
export const namespaceLifecycle: AdmissionPlugin = {
  name: 'NamespaceLifecycle',
  async mutate({ verb, kind, subresource, namespace, name, object }, context) {
    if (verb !== 'create' || subresource !== '' || !kind.namespaced) return object;
    const { metadata, status } = await context.read(namespaces, { name: namespace });
    if (metadata.deletionTimestamp === undefined && status.phase !== 'Terminating') return object;
    const text = `unable to create new content in namespace ${namespace} because it is being terminated`;
    const { message, details } = forbidden(kind, name, text);
    const cause = { reason: 'NamespaceTerminating', message: `namespace ${namespace} is being terminated` };
    throw new StatusError('Forbidden', message, { ...details, causes: [{ ...cause, field: 'metadata.namespace' }] });
  },
  validate({ verb, kind, name }) {
    if (verb !== 'delete' || kind.group !== '' || kind.plural !== 'namespaces' || !immortal.has(name)) return;
    throw forbidden(kind, name, 'this namespace may not be deleted');
  },
};
