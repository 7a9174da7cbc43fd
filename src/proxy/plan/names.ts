import { createHash } from 'node:crypto';

/** Chains that every ruleset has. */
export const chains = {
  services: 'services',
  firewallCheck: 'firewall-check',
  endpointCheck: 'endpoint-check',
  reject: 'reject-connection',
} as const;

/**
 * A name for nft that stands for something of the API. It is a digest, so that no name or annotation that a user
 * chose becomes part of nft's input, and so that its length is fixed.
 */
export function digestName(prefix: string, ...parts: readonly (string | number)[]): string {
  return `${prefix}-${createHash('sha256').update(parts.join('\0')).digest('hex').slice(0, 20)}`;
}
