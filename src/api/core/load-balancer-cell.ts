interface LoadBalancer {
  readonly ingress?:
    | readonly { readonly ip?: string | undefined; readonly hostname?: string | undefined }[]
    | undefined;
}

/** The addresses at which a load balancer answers, each once, joined by commas. */
export function loadBalancerCell({ ingress = [] }: LoadBalancer): string {
  const addresses = ingress.map(({ ip = '', hostname = '' }) => (ip === '' ? hostname : ip));
  return [...new Set(addresses.filter((address) => address !== ''))].toSorted().join(',');
}
