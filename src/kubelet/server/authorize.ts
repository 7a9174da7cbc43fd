import type { TLSSocket } from 'node:tls';
import { HttpError } from './http-error.ts';

/** The name in the certificate that the API server shows to kubelets. */
export const apiServerClientName = 'kube-apiserver-kubelet-client';

/** Throws HttpError 401 for a client whose certificate the cluster's authority has not signed, 403 for any but `name`. */
export function authorize(socket: TLSSocket, name: string, resource: string): void {
  if (!socket.authorized) throw new HttpError(401, 'Unauthorized');
  const subject = socket.getPeerCertificate()?.subject as { readonly CN?: string | readonly string[] } | undefined;
  if (subject?.CN === name) return;
  const user = typeof subject?.CN === 'string' ? subject.CN : '';
  throw new HttpError(403, `Forbidden (user=${user}, verb=get, resource=nodes, subresource=${resource})`);
}
