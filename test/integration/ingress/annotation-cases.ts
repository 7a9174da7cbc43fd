import type { HTTPIngressPath } from '../../../src/api/networking/ingress.schema.ts';
import { authCases } from './annotation-cases-auth.ts';
import { backendCases } from './annotation-cases-backend.ts';
import { requestCases } from './annotation-cases-request.ts';
import { tlsCases } from './annotation-cases-tls.ts';
import type { Answer, Ask } from './machine.ts';

/** What a case may ask of its host. */
export interface Wire {
  readonly ports: { readonly http: number; readonly https: number };
  readonly host: string;
  readonly get: (path?: string, options?: Partial<Ask>) => Promise<Answer>;
}

interface OtherIngress {
  readonly annotations: Readonly<Record<string, string>>;
  readonly host?: string;
  readonly paths?: readonly HTTPIngressPath[];
}

/** One Ingress of a host of its own, and what can be seen of it from outside. */
export interface AnnotationCase {
  /** `PORT` stands for the backends' port. */
  readonly annotations: Readonly<Record<string, string>>;
  /** All paths to Service `a` when left out. */
  readonly paths?: readonly HTTPIngressPath[];
  /** Whether the host has TLS, and is asked over it. */
  readonly tls?: boolean;
  /** More Ingresses by name, younger ones, of the same host and to Service `b` unless said otherwise. */
  readonly also?: Readonly<Record<string, OtherIngress>>;
  readonly check: (wire: Wire) => Promise<void>;
}

export const annotationCases: Readonly<Record<string, AnnotationCase>> = {
  ...requestCases,
  ...authCases,
  ...backendCases,
  ...tlsCases,
};
