import type { KeyObject } from 'node:crypto';
import { createHash, createPrivateKey, createPublicKey, sign, verify } from 'node:crypto';

/** The key that signs tokens, with what others need to check them. */
export interface TokenKey {
  readonly privateKey: KeyObject;
  readonly publicKey: KeyObject;
  /** SHA-256 of the public key, as upstream names its keys. */
  readonly id: string;
}

/** A token that is malformed or not signed by our key. */
export class TokenError extends Error {
  readonly code = 'token';
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'TokenError';
  }
}

const encode = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');

/** Reads an ECDSA P-256 private key in PEM; throws what `node:crypto` throws when it is none. */
export function readTokenKey(pem: string): TokenKey {
  const privateKey = createPrivateKey(pem);
  const publicKey = createPublicKey(privateKey);
  const id = createHash('sha256')
    .update(publicKey.export({ type: 'spki', format: 'der' }))
    .digest('base64url');
  return { privateKey, publicKey, id };
}

/** Signs claims as a compact JWT with ES256 (RFC 7515, RFC 7518 section 3.4). */
export function signToken(key: TokenKey, claims: object): string {
  const text = `${encode({ alg: 'ES256', kid: key.id })}.${encode(claims)}`;
  const signature = sign('sha256', Buffer.from(text), { key: key.privateKey, dsaEncoding: 'ieee-p1363' });
  return `${text}.${signature.toString('base64url')}`;
}

function parsePart(part: string): Readonly<Record<string, unknown>> {
  const value: unknown = JSON.parse(Buffer.from(part, 'base64url').toString('utf8'));
  if (typeof value !== 'object' || value === null) throw new TokenError('token part is not an object');
  return value as Readonly<Record<string, unknown>>;
}

/** The claims of a token that `key` signed; throws TokenError otherwise. Says nothing about expiry or audience. */
export function verifyToken(key: TokenKey, token: string): Readonly<Record<string, unknown>> {
  const [header = '', payload = '', signature = '', ...rest] = token.split('.');
  if (rest.length > 0 || signature === '') throw new TokenError('token is not three parts');
  let claims: Readonly<Record<string, unknown>>;
  try {
    // The algorithm is ours to choose: a header that asks for another one is refused, not followed.
    if (parsePart(header)['alg'] !== 'ES256') throw new TokenError('token is not signed with ES256');
    claims = parsePart(payload);
  } catch (error) {
    throw error instanceof TokenError ? error : new TokenError('token is not JSON', { cause: error });
  }
  const good = verify(
    'sha256',
    Buffer.from(`${header}.${payload}`),
    { key: key.publicKey, dsaEncoding: 'ieee-p1363' },
    Buffer.from(signature, 'base64url'),
  );
  if (!good) throw new TokenError('token has a wrong signature');
  return claims;
}

/** The public key as a JSON Web Key Set, for `/openid/v1/jwks`. */
export function jsonWebKeySet(key: TokenKey): unknown {
  return { keys: [{ use: 'sig', kid: key.id, alg: 'ES256', ...key.publicKey.export({ format: 'jwk' }) }] };
}
