import { randomInt } from 'node:crypto';

/** Upstream's alphabet for random names: no vowels and no look-alikes, so that no words come up. */
const alphabet = 'bcdfghjklmnpqrstvwxz2456789';
const suffixLength = 5;
/** A generated name must leave room for the suffix within a DNS label. */
const maxPrefix = 63 - suffixLength;

/** `length` random characters fit for names. */
export function randomSuffix(length = suffixLength): string {
  let text = '';
  for (let index = 0; index < length; index++) text += alphabet[randomInt(alphabet.length)];
  return text;
}

/** A name that begins with `prefix`, cut where needed. */
export function generateName(prefix: string): string {
  return prefix.slice(0, maxPrefix) + randomSuffix();
}
