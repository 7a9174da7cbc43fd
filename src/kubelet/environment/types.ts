import type { ConfigMap } from '../../api/core/config-map.schema.ts';
import type { Container } from '../../api/core/container.schema.ts';
import type { Pod } from '../../api/core/pod.schema.ts';
import type { Secret } from '../../api/core/secret.schema.ts';
import type { Service } from '../../api/core/service.schema.ts';

/** The ConfigMaps and Secrets that containers' variables name, by name; what the API does not have is left out. */
export interface EnvironmentObjects {
  readonly configMaps: ReadonlyMap<string, ConfigMap>;
  readonly secrets: ReadonlyMap<string, Secret>;
}

/** What a pod's variables may tell besides its own object. */
export interface PodFacts {
  /** The pod's addresses as the runtime has just given them, first the primary one. */
  readonly podIPs: readonly string[];
  readonly hostIPs: readonly string[];
  /** The node's allocatable resources, e.g. `{ cpu: '2', memory: '4Gi' }`. */
  readonly allocatable: Readonly<Record<string, string>>;
}

export interface EnvironmentInput {
  readonly pod: Pod;
  readonly container: Container;
  readonly objects: EnvironmentObjects;
  /** All Services that are known, of any namespace. */
  readonly services: readonly Service[];
  readonly facts: PodFacts;
}

/** Something a user should hear about, as a Warning event of the pod. */
export interface PodWarning {
  readonly reason: string;
  readonly message: string;
}

export interface ContainerEnvironment {
  /** In the order in which they are to be set. */
  readonly variables: ReadonlyMap<string, string>;
}

/** A variable that cannot be made; the container waits with reason `CreateContainerConfigError` and this message. */
export class EnvironmentError extends Error {
  readonly code: 'ObjectNotFound' | 'KeyNotFound' | 'FieldNotFound' | 'Unsupported';

  constructor(code: EnvironmentError['code'], message: string) {
    super(message);
    this.name = 'EnvironmentError';
    this.code = code;
  }
}

/** What a resolv.conf says. */
export interface ResolverConfig {
  readonly servers: readonly string[];
  readonly searches: readonly string[];
  /** `ndots:5`, `edns0`, … */
  readonly options: readonly string[];
}
