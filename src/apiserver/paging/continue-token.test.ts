import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { isStatus } from '../../api/status-error.ts';
import { decodeToken, encodeToken } from './continue-token.ts';

describe('continue tokens', () => {
  it('come back as they went out', () => {
    const token = { revision: 42, startAfter: '/pods/default/web-1' };
    assert.deepEqual(decodeToken(encodeToken(token), '/pods/default/'), token);
  });

  const other = encodeToken({ revision: 1, startAfter: '/secrets/a/b' });
  const broken: Readonly<Record<string, string>> = {
    'of another resource': other,
    'no base64': '%%%',
    'no JSON': Buffer.from('nonsense').toString('base64url'),
    'null inside': Buffer.from('null').toString('base64url'),
    'no number': Buffer.from('{"v":"meta.k8s.io/v1","rv":"1","start":"/pods/"}').toString('base64url'),
  };
  for (const [name, text] of Object.entries(broken)) {
    it(`refuses one ${name}`, () => {
      assert.throws(
        () => decodeToken(text, '/pods/'),
        (error) => isStatus(error, 'BadRequest'),
      );
    });
  }
});
