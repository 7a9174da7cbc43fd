import { join } from 'node:path';
import type { CertificateSubject } from './certificate.ts';

export interface PkiRequest {
  /** Where keys and certificates are kept; made with mode 0700. */
  readonly directory: string;
  readonly nodes: readonly { readonly name: string; readonly ip: string }[];
  /** Addresses and names of the API server beyond those that every cluster has (bridge, host, published names). */
  readonly apiServer: { readonly ips: readonly string[]; readonly dnsNames: readonly string[] };
  /** Where nodes and the host reach the cluster's image registry. */
  readonly registry: { readonly ips: readonly string[]; readonly dnsNames: readonly string[] };
  /** The `kubernetes` Service's address. */
  readonly serviceIp?: string;
  readonly clusterDomain?: string;
}

/** A certificate and the private key that belongs to it, both PEM files. */
export interface KeyPairFiles {
  readonly certificateFile: string;
  readonly keyFile: string;
}

/** Where everything lies. `nodes` has an entry for each node asked for. */
export interface PkiFiles {
  readonly directory: string;
  readonly authority: KeyPairFiles;
  readonly apiServer: KeyPairFiles;
  /** What the API server shows to the kubelets. */
  readonly apiServerKubeletClient: KeyPairFiles;
  /** Signs only `frontProxyClient`: whoever shows such a certificate may say on whose behalf it asks. */
  readonly frontProxyAuthority: KeyPairFiles;
  /** What the API server shows to the API servers that it forwards requests to. */
  readonly frontProxyClient: KeyPairFiles;
  /** ES256 private key (PKCS #8) that signs ServiceAccount tokens; the public key is derived from it. */
  readonly serviceAccountKeyFile: string;
  readonly admin: KeyPairFiles;
  readonly controllerManager: KeyPairFiles;
  readonly scheduler: KeyPairFiles;
  readonly kubeProxy: KeyPairFiles;
  readonly dns: KeyPairFiles;
  readonly ingress: KeyPairFiles;
  readonly registry: KeyPairFiles;
  readonly registryClient: KeyPairFiles;
  readonly nodes: Readonly<Record<string, { readonly client: KeyPairFiles; readonly serving: KeyPairFiles }>>;
}

export interface PlannedCertificate {
  readonly files: KeyPairFiles;
  readonly subject: CertificateSubject;
}

export const authoritySubject: CertificateSubject = {
  commonName: 'kubernetes',
  organizations: [],
  dnsNames: [],
  ips: [],
  usage: 'authority',
};

/** Of the request-header authority; named as kubeadm names it. */
export const frontProxyAuthoritySubject: CertificateSubject = { ...authoritySubject, commonName: 'front-proxy-ca' };

/** The files of a cluster's keys, by the folder they lie in: for the processes that only read them. */
export function pkiFiles(directory: string, nodeNames: readonly string[] = []): PkiFiles {
  const pair = (name: string): KeyPairFiles => ({
    certificateFile: join(directory, `${name}.crt`),
    keyFile: join(directory, `${name}.key`),
  });
  return {
    directory,
    authority: pair('ca'),
    apiServer: pair('apiserver'),
    apiServerKubeletClient: pair('apiserver-kubelet-client'),
    frontProxyAuthority: pair('front-proxy-ca'),
    frontProxyClient: pair('front-proxy-client'),
    serviceAccountKeyFile: join(directory, 'service-account.key'),
    admin: pair('admin'),
    controllerManager: pair('controller-manager'),
    scheduler: pair('scheduler'),
    kubeProxy: pair('kube-proxy'),
    dns: pair('dns'),
    ingress: pair('ingress'),
    registry: pair('registry'),
    registryClient: pair('registry-client'),
    nodes: Object.fromEntries(
      nodeNames.map((name) => [name, { client: pair(`node-${name}`), serving: pair(`kubelet-${name}`) }]),
    ),
  };
}

const unique = (values: readonly string[]): string[] => [...new Set(values)];

function client(files: KeyPairFiles, commonName: string, ...organizations: readonly string[]): PlannedCertificate {
  return { files, subject: { commonName, organizations, dnsNames: [], ips: [], usage: 'client' } };
}

function server(
  files: KeyPairFiles,
  commonName: string,
  names: { ips: readonly string[]; dnsNames: readonly string[] },
  ...organizations: readonly string[]
): PlannedCertificate {
  const { ips, dnsNames } = names;
  return {
    files,
    subject: { commonName, organizations, dnsNames: unique(dnsNames), ips: unique(ips), usage: 'server' },
  };
}

/** The one certificate that the request-header authority signs. Pure. */
export function planFrontProxy(directory: string): PlannedCertificate {
  return client(pkiFiles(directory).frontProxyClient, 'front-proxy-client');
}

/** All certificates that the cluster's authority signs. Pure. */
export function planCertificates(request: PkiRequest): readonly PlannedCertificate[] {
  const { serviceIp = '10.233.0.1', clusterDomain = 'cluster.local' } = request;
  const files = pkiFiles(
    request.directory,
    request.nodes.map((node) => node.name),
  );
  const local = { ips: ['127.0.0.1', '::1'], dnsNames: ['localhost'] };
  const service = ['kubernetes', 'kubernetes.default', 'kubernetes.default.svc'];
  return [
    server(files.apiServer, 'kube-apiserver', {
      ips: [serviceIp, ...local.ips, ...request.apiServer.ips],
      dnsNames: [
        ...service,
        `kubernetes.default.svc.${clusterDomain}`,
        ...local.dnsNames,
        ...request.apiServer.dnsNames,
      ],
    }),
    client(files.apiServerKubeletClient, 'kube-apiserver-kubelet-client'),
    client(files.admin, 'system:admin', 'system:masters'),
    client(files.controllerManager, 'system:kube-controller-manager'),
    client(files.scheduler, 'system:kube-scheduler'),
    client(files.kubeProxy, 'system:kube-proxy'),
    client(files.dns, 'cox:dns'),
    client(files.ingress, 'cox:ingress'),
    server(files.registry, 'cox:registry', {
      ips: [...local.ips, ...request.registry.ips],
      dnsNames: [...local.dnsNames, ...request.registry.dnsNames],
    }),
    client(files.registryClient, 'cox:registry-client'),
    ...request.nodes.flatMap(({ name, ip }) => {
      const node = files.nodes[name];
      if (node === undefined) return [];
      return [
        client(node.client, `system:node:${name}`, 'system:nodes'),
        server(node.serving, `system:node:${name}`, { ips: [ip, '127.0.0.1'], dnsNames: [name] }, 'system:nodes'),
      ];
    }),
  ];
}
