import type { Pod } from '../../api/core/pod.schema.ts';
import { dnsLabelComplaints } from '../../api/validation/names.ts';

const maxHostname = 63;
/** What the kernel keeps of a hostname. */
const maxFullName = 64;

export interface PodHostname {
  /** One DNS label. */
  readonly hostname: string;
  /** `SUBDOMAIN.NAMESPACE.svc.CLUSTER-DOMAIN`; empty for a pod without a subdomain. */
  readonly domain: string;
  /** What the sandbox's hostname is set to; empty on the node's network, where the node's own stays. */
  readonly sandboxHostname: string;
}

/** Names of pods may be longer than hostnames. */
function truncated(podName: string, hostname: string): string {
  if (hostname.length <= maxHostname) return hostname;
  const cut = hostname.slice(0, maxHostname).replace(/[-.]+$/, '');
  if (cut === '')
    throw new Error(`hostname for pod ${JSON.stringify(podName)} was invalid: ${JSON.stringify(hostname)}`);
  return cut;
}

/**
 * The names that a pod has on the network. Throws an Error in upstream's words when they cannot be used.
 * https://kubernetes.io/docs/concepts/services-networking/dns-pod-service/#pod-s-hostname-and-subdomain-fields
 */
export function podHostname(pod: Pod, clusterDomain: string): PodHostname {
  const { hostname: own = '', hostnameOverride = '', subdomain = '', setHostnameAsFQDN, hostNetwork } = pod.spec;
  const { name, namespace } = pod.metadata;
  if (hostnameOverride !== '') {
    return { hostname: hostnameOverride, domain: '', sandboxHostname: hostNetwork === true ? '' : hostnameOverride };
  }
  const complaints = own === '' ? [] : dnsLabelComplaints(own);
  if (complaints.length > 0) {
    throw new Error(`pod Hostname ${JSON.stringify(own)} is not a valid DNS label: ${complaints.join(';')}`);
  }
  const hostname = truncated(name, own === '' ? name : own);
  const domain = subdomain === '' ? '' : `${subdomain}.${namespace}.svc.${clusterDomain}`;
  if (hostNetwork === true) return { hostname, domain, sandboxHostname: '' };
  if (setHostnameAsFQDN !== true || domain === '') return { hostname, domain, sandboxHostname: hostname };
  const full = `${hostname}.${domain}`;
  if (full.length > maxFullName) {
    throw new Error(
      `failed to construct FQDN from pod hostname and cluster domain, FQDN ${full} is too long ` +
        `(${maxFullName} characters is the max, ${full.length} characters requested)`,
    );
  }
  return { hostname, domain, sandboxHostname: full };
}
