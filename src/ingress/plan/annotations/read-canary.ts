import type { Condition } from '../../model/condition.ts';
import * as formats from './formats.ts';
import type { AnnotationReader } from './reader.ts';

/** Which requests of another Ingress's paths a canary takes. */
export interface Canary {
  /** Requests with the first go to the canary, those with the second never; in order, the first that holds decides. */
  readonly choices: readonly { readonly condition: Condition; readonly isCanary: boolean }[];
  /** So many of `total` of the others. */
  readonly weight: number;
  readonly total: number;
}

/** Reads the `canary*` annotations; undefined where the Ingress is none. */
export function readCanary(reader: AnnotationReader): Canary | undefined {
  const isCanary = reader.read('canary', formats.flag) ?? false;
  const header = reader.read('canary-by-header', formats.headerName);
  const value = reader.read('canary-by-header-value', formats.headerValue);
  const pattern = reader.read('canary-by-header-pattern', formats.expression);
  const cookie = reader.read('canary-by-cookie', formats.cookieName);
  const weight = reader.read('canary-weight', formats.weight) ?? 0;
  const total = reader.read('canary-weight-total', formats.weight) ?? 100;
  if (!isCanary) return undefined;
  const choices: Canary['choices'][number][] = [];
  const choose = (condition: Condition, chosen: boolean): unknown => choices.push({ condition, isCanary: chosen });
  const exact = (text: string) => ({ kind: 'exact', text }) as const;
  if (header !== undefined) {
    if (value !== undefined) choose({ kind: 'header', name: header, value: exact(value) }, true);
    else if (pattern !== undefined) choose({ kind: 'header', name: header, value: { kind: 'pattern', pattern } }, true);
    else {
      choose({ kind: 'header', name: header, value: exact('always') }, true);
      choose({ kind: 'header', name: header, value: exact('never') }, false);
    }
  }
  if (cookie !== undefined) {
    choose({ kind: 'cookie', name: cookie, value: exact('always') }, true);
    choose({ kind: 'cookie', name: cookie, value: exact('never') }, false);
  }
  return { choices, weight: Math.min(weight, total), total: Math.max(1, total) };
}
