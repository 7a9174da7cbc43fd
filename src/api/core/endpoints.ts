import { defineKind } from '../kind.ts';
import { Endpoints } from './endpoints.schema.ts';

export const endpointsKind = defineKind<Endpoints>({
  group: '',
  version: 'v1',
  kind: 'Endpoints',
  plural: 'endpoints',
  shortNames: ['ep'],
  namespaced: true,
  schema: Endpoints,
});
