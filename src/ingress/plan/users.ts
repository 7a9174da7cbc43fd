import type { Secret } from '../../api/core/secret.schema.ts';
import type { Users } from '../model/route-table.ts';
import { isPrintable } from '../model/values.ts';

/** A Secret's users, or what is wrong with it, as the end of a sentence that names the Secret. */
export function readUsers(
  secret: Secret | undefined,
  layout: 'auth-file' | 'auth-map',
): Users | { readonly problem: string } {
  if (secret === undefined) return { problem: 'does not exist' };
  const data = new Map(
    Object.entries(secret.data ?? {}).map(([key, value]) => [key, Buffer.from(value, 'base64').toString('utf8')]),
  );
  const file = data.get('auth');
  if (layout === 'auth-file' && file === undefined) return { problem: 'has no key "auth" with lines of htpasswd' };
  const pairs =
    layout === 'auth-map' ? [...data].map(([user, hash]) => [user, hash.trim()] as const) : lines(file ?? '');
  const good = pairs.filter(([user, hash]) => user !== '' && hash !== '' && isPrintable(user + hash));
  return good.length === 0 ? { problem: 'holds no user with a password' } : good;
}

function lines(text: string): Users {
  return text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line.includes(':') && !line.startsWith('#'))
    .map((line) => line.split(':'))
    .map(([user = '', hash = '']) => [user, hash] as const);
}
