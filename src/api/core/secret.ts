import { defineKind } from '../kind.ts';
import { Secret } from './secret.schema.ts';

export const secretKind = defineKind<Secret>({
  group: '',
  version: 'v1',
  kind: 'Secret',
  plural: 'secrets',
  namespaced: true,
  schema: Secret,
});
