import { defineKind } from '../kind.ts';
import { LimitRange } from './limit-range.schema.ts';

export const limitRangeKind = defineKind<LimitRange>({
  group: '',
  version: 'v1',
  kind: 'LimitRange',
  plural: 'limitranges',
  shortNames: ['limits'],
  namespaced: true,
  schema: LimitRange,
});
