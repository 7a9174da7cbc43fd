import type { CertificateSigningRequest } from '../../api/certificates/certificate-signing-request.schema.ts';
import { jsonEqual } from '../../machinery/json.ts';
import type { Authorizer, UserInfo } from '../auth/types.ts';
import { forbidden } from '../http/status.ts';
import type { AdmissionPlugin, AdmissionRequest } from './types.ts';

const group = 'certificates.k8s.io';
const isRequest = ({ kind }: AdmissionRequest): boolean =>
  kind.group === group && kind.plural === 'certificatesigningrequests';

/** May the user do `verb` to certificates of one signer, or of all signers of its domain? */
function maySign(authorizer: Authorizer, user: UserInfo, verb: string, signerName: string): boolean {
  const names = [signerName, `${signerName.split('/', 1)[0]}/*`];
  const what = { group, version: '*', resource: 'signers', subresource: '', namespace: '', path: '' };
  return names.some((name) => authorizer({ user, verb, ...what, name }).allowed);
}

/** Who asks for a certificate is written into the request by the server, not by the one who asks. */
export const certificateRequester: AdmissionPlugin = {
  name: 'CertificateRequester',
  mutate(request) {
    const { object, old, subresource, user, verb } = request;
    if (!isRequest(request) || subresource !== '') return object;
    const {
      username: _name,
      uid: _uid,
      groups: _groups,
      extra: _extra,
      ...spec
    } = (object as unknown as CertificateSigningRequest).spec;
    // A request is never changed, only decided.
    if (verb !== 'create') return old === undefined ? object : { ...object, spec: old['spec'] };
    const { name: username, uid, groups, extra } = user;
    const asked = {
      ...spec,
      username,
      ...(uid === undefined ? {} : { uid }),
      groups,
      ...(extra === undefined ? {} : { extra }),
    };
    return { ...object, spec: asked };
  },
};

/** Deciding on a request takes the right to `approve` for its signer; answering it the right to `sign`. */
export function certificateDecisions(authorizer: Authorizer): AdmissionPlugin {
  return {
    name: 'CertificateApproval',
    validate(request) {
      const { object, old, subresource, user, name, kind, verb } = request;
      if (!isRequest(request) || verb !== 'update' || object === undefined || old === undefined) return;
      const before = old as unknown as CertificateSigningRequest;
      const { signerName } = before.spec;
      const refuse = (what: string): Error =>
        forbidden(kind, name, `user not permitted to ${what} requests with signerName ${JSON.stringify(signerName)}`);
      if (subresource === 'approval' && !maySign(authorizer, user, 'approve', signerName)) throw refuse('approve');
      const after = object as unknown as CertificateSigningRequest;
      const isSigned = !jsonEqual(after.status.certificate, before.status.certificate);
      if (subresource === 'status' && isSigned && !maySign(authorizer, user, 'sign', signerName)) throw refuse('sign');
    },
  };
}
