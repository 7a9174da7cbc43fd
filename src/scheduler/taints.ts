import type { Taint } from '../api/core/node.schema.ts';
import type { Toleration } from '../api/core/scheduling.schema.ts';

/** True when the toleration is meant for taints of this effect; one that names none is meant for all. */
export function coversEffect({ effect }: Toleration, wanted: Taint['effect']): boolean {
  return effect === undefined || (effect as string) === '' || effect === wanted;
}

/** True when the toleration covers the taint. */
export function tolerates(toleration: Toleration, taint: Taint): boolean {
  const { key = '', operator = 'Equal', value = '' } = toleration;
  if (!coversEffect(toleration, taint.effect)) return false;
  if (key !== '' && key !== taint.key) return false;
  if (operator === 'Exists') return true;
  if (operator === 'Equal') return value === (taint.value ?? '') && key !== '';
  const [mine, theirs] = [Number(value), Number(taint.value)];
  if (!Number.isSafeInteger(mine) || !Number.isSafeInteger(theirs)) return false;
  return operator === 'Gt' ? theirs > mine : theirs < mine;
}

/** The first taint among `effects` that none of the tolerations covers. */
export function untolerated(
  taints: readonly Taint[] | undefined,
  tolerations: readonly Toleration[] | undefined,
  effects: readonly Taint['effect'][],
): Taint | undefined {
  return taints?.find((taint) => {
    return effects.includes(taint.effect) && !(tolerations ?? []).some((toleration) => tolerates(toleration, taint));
  });
}
