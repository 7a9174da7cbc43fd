/** Ingresses that must not be served, by the annotation that is wrong, and what is wrong with it. */
export const brokenRestrictions: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  'whitelist-source-range malformed': { 'whitelist-source-range': '10.0.0.0/99' },
  'allowlist-source-range empty': { 'allowlist-source-range': '' },
  'denylist-source-range malformed': { 'denylist-source-range': 'x' },
  'auth-type malformed': { 'auth-type': 'digest' },
  'auth-type without secret': { 'auth-type': 'basic' },
  'auth-secret missing': { 'auth-type': 'basic', 'auth-secret': 'gone' },
  'auth-secret without users': { 'auth-type': 'basic', 'auth-secret': 'tls' },
  'auth-url of the node': { 'auth-url': 'http://127.0.0.1/' },
  'satisfy malformed': { satisfy: 'most' },
  'limit-rps malformed': { 'limit-rps': '5/s' },
  'limit-allowlist malformed': { 'limit-rps': '1', 'limit-allowlist': 'x' },
  'modsecurity-snippet unsupported': { 'modsecurity-snippet': 'SecRuleEngine On' },
};
