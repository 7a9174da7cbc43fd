// oxlint-disable no-restricted-imports -- who asks is told apart by real connections and certificates
import { createPrivateKey, createPublicKey, generateKeyPairSync } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import type { HttpsTransportOptions } from '../../client/https-transport.ts';
import { httpsTransport } from '../../client/https-transport.ts';
import type { Transport, TransportRequest } from '../../client/transport.ts';
import { issueCertificate } from '../../cluster/pki/certificate.ts';
import { authoritySubject } from '../../cluster/pki/plan.ts';
import { sendJson } from '../testing/answers.ts';
import type { ListeningServer } from '../testing/start.ts';
import { testAdmin } from '../testing/start.ts';
import type { UserInfo } from './types.ts';

/** How somebody shows who they are. */
export type Proof = 'certificate' | 'token' | 'impersonation' | 'none';

const hour = 3_600_000;

/** A client certificate for `user` that the server's own authority signed, and its key; both PEM. */
async function certificateFor(user: UserInfo, server: ListeningServer): Promise<{ cert: string; key: string }> {
  const privateKey = createPrivateKey(await readFile(server.pki.authority.keyFile, 'utf8'));
  const own = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const cert = issueCertificate({
    subject: {
      commonName: user.name,
      organizations: user.groups.filter((group) => group !== 'system:authenticated'),
      dnsNames: [],
      ips: [],
      usage: 'client',
    },
    publicKey: own.publicKey,
    notBefore: new Date(Date.now() - hour),
    notAfter: new Date(Date.now() + hour),
    issuer: { subject: authoritySubject, publicKey: createPublicKey(privateKey), privateKey },
  });
  return { cert, key: own.privateKey.export({ type: 'pkcs8', format: 'pem' }) as string };
}

/** A token for the ServiceAccount that `user` is; the account has to be there. */
async function tokenFor(user: UserInfo, server: ListeningServer): Promise<string> {
  const [, , namespace, name] = user.name.split(':');
  const path = `/api/v1/namespaces/${namespace}/serviceaccounts/${name}/token`;
  const body = { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest', spec: {} };
  const answer = await sendJson(server.server.transport(testAdmin), 'POST', path, body);
  const { token } = (answer.body as { status?: { token?: string } }).status ?? {};
  if (token === undefined) throw new Error(`no token for ${user.name}: ${answer.message}`);
  return token;
}

/** What the cluster's administrator asks for somebody else; only one group has room in a header of this client. */
function asAnother(user: UserInfo, inner: Transport): Transport {
  const [group] = user.groups.filter((one) => one !== 'system:authenticated');
  const headers = { 'impersonate-user': user.name, ...(group === undefined ? {} : { 'impersonate-group': group }) };
  return {
    request: (request: TransportRequest) => inner.request({ ...request, headers: { ...request.headers, ...headers } }),
    close: () => inner.close(),
  };
}

/** A connection of its own over HTTPS to `server`, on which `user` shows by `proof` who they are. */
export async function connectAs(server: ListeningServer, user: UserInfo, proof: Proof): Promise<Transport> {
  const ca = await readFile(server.pki.authority.certificateFile, 'utf8');
  const connect = (options: Partial<HttpsTransportOptions>): Transport =>
    httpsTransport({ server: `https://127.0.0.1:${server.listener.port}`, ca, ...options });
  if (proof === 'none') return connect({});
  if (proof === 'token') return connect({ token: await tokenFor(user, server) });
  if (proof === 'certificate') return connect(await certificateFor(user, server));
  const { certificateFile, keyFile } = server.pki.admin;
  const admin = { cert: await readFile(certificateFile, 'utf8'), key: await readFile(keyFile, 'utf8') };
  return asAnother(user, connect(admin));
}
