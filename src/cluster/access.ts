import { readFileSync } from 'node:fs';
import type { ApiClient } from '../client/api-client.ts';
import { httpsTransport } from '../client/https-transport.ts';
import { createApiClient } from '../client/rest-client.ts';
import type { KeyPairFiles, PkiFiles } from './pki/plan.ts';

/** A client of the cluster's API server under the identity of a certificate of the cluster. */
export function clientWith(options: {
  readonly server: string;
  readonly pki: Pick<PkiFiles, 'authority'>;
  readonly identity: KeyPairFiles;
  readonly userAgent: string;
}): { readonly client: ApiClient; readonly close: () => Promise<void> } {
  const transport = httpsTransport({
    server: options.server,
    ca: readFileSync(options.pki.authority.certificateFile),
    cert: readFileSync(options.identity.certificateFile),
    key: readFileSync(options.identity.keyFile),
  });
  return { client: createApiClient(transport, { userAgent: options.userAgent }), close: () => transport.close() };
}
