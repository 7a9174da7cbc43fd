import type { Taint } from '../api/core/node.schema.ts';
import type { Toleration } from '../api/core/scheduling.schema.ts';

/** True when the toleration covers the taint. */
export function tolerates(toleration: Toleration, taint: Taint): boolean {
  const { key = '', operator = 'Equal', value = '', effect } = toleration;
  if (effect !== undefined && effect !== taint.effect) return false;
  if (key !== '' && key !== taint.key) return false;
  if (operator === 'Exists') return true;
  if (operator === 'Equal') return key !== '' && value === (taint.value ?? '');
  const [mine, theirs] = [Number(value), Number(taint.value)];
  if (!Number.isSafeInteger(mine) || !Number.isSafeInteger(theirs)) return false;
  return operator === 'Gt' ? theirs > mine : theirs < mine;
}

/** The first toleration that covers the taint. */
export function tolerationOf(tolerations: readonly Toleration[] | undefined, taint: Taint): Toleration | undefined {
  return tolerations?.find((toleration) => tolerates(toleration, taint));
}
