import type { PodTemplateSpec } from '../api/core/pod-template-spec.schema.ts';
import { canonicalJson } from './canonical.ts';

/** The label that tells the pods of one version of a Deployment from those of the others. */
export const podTemplateHashLabel = 'pod-template-hash';

// Vowels and the look-alikes 0, 1 and 3 are left out, so that no hash spells a word.
const safeAlphabet = 'bcdfghjklmnpqrstvwxz2456789';

/** `text` in the alphabet that upstream uses for generated names, one character for each of its own. */
export function safeEncode(text: string): string {
  return Array.from(text, (character) => safeAlphabet[character.charCodeAt(0) % safeAlphabet.length]).join('');
}

/** The 32-bit FNV-1a hash of `text`. */
export function fnv32a(text: string): number {
  let hash = 0x811c9dc5;
  for (const byte of Buffer.from(text)) hash = Math.imul(hash ^ byte, 0x01000193) >>> 0;
  return hash;
}

/** A short name for any value; `collisions` is raised when another value already has that name. */
export function safeHash(value: unknown, collisions?: number): string {
  return safeEncode(String(fnv32a(`${canonicalJson(value)}${collisions ?? ''}`)));
}

/** The hash of a pod template, as `pod-template-hash` carries it. */
export function podTemplateHash(template: PodTemplateSpec, collisions: number | undefined): string {
  return safeHash(template, collisions);
}

/** True when two templates differ in nothing but the hash label. */
export function sameTemplate(a: PodTemplateSpec | undefined, b: PodTemplateSpec | undefined): boolean {
  return canonicalJson(withoutHash(a)) === canonicalJson(withoutHash(b));
}

function withoutHash(template: PodTemplateSpec | undefined): PodTemplateSpec | undefined {
  const labels = template?.metadata.labels;
  if (template === undefined || labels?.[podTemplateHashLabel] === undefined) return template;
  const { [podTemplateHashLabel]: _, ...rest } = labels;
  return { ...template, metadata: { ...template.metadata, labels: rest } };
}
