/** The Kubernetes version whose API is served. */
export const kubernetesVersion = 'v1.36.0';
