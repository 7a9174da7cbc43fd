import assert from 'node:assert/strict';
import { test } from 'node:test';
import { forwardedHeaders, identityHeaders } from './identity-headers.ts';

const cases: Record<string, { user: Parameters<typeof identityHeaders>[0]; headers: object }> = {
  'a name alone': { user: { name: 'a', groups: [] }, headers: { 'x-remote-user': 'a' } },
  'all that is known': {
    user: { name: 'a', uid: '1', groups: ['g', 'h,i'], extra: { scopes: ['x', 'y'] } },
    headers: {
      'x-remote-user': 'a',
      'x-remote-uid': '1',
      'x-remote-group': ['g', 'h,i'],
      'x-remote-extra-scopes': ['x', 'y'],
    },
  },
  'keys that are no header names': {
    user: { name: 'a', groups: [], extra: { 'example.com/Pod name%': ['x'], é: ['y'], none: [] } },
    headers: {
      'x-remote-user': 'a',
      'x-remote-extra-example.com%2Fpod%20name%25': ['x'],
      'x-remote-extra-%C3%A9': ['y'],
    },
  },
  'a name beyond ASCII': { user: { name: 'é', groups: [] }, headers: { 'x-remote-user': 'Ã©' } },
};
for (const [name, { user, headers }] of Object.entries(cases)) {
  test(`tells ${name}`, () => assert.deepEqual(identityHeaders(user), headers));
}

test('nobody speaks for another by headers of its own', () => {
  const headers = {
    ':method': 'GET',
    authorization: 'Bearer x',
    'impersonate-user': 'root',
    'x-remote-user': 'root',
    'x-remote-uid': '0',
    'x-remote-group': ['system:masters'],
    x_remote_group: 'system:masters',
    'x-remote-extra-scopes': 'all',
    expect: '100-continue',
    accept: 'application/json',
  };
  const user = { name: 'a', groups: [] };
  assert.deepEqual(forwardedHeaders(headers, { user, host: 'web.default.svc:443', path: '/apis/g/v?x=1' }), {
    accept: 'application/json',
    host: 'web.default.svc:443',
    'x-forwarded-proto': 'https',
    'x-forwarded-uri': '/apis/g/v',
    'x-remote-user': 'a',
  });
});
