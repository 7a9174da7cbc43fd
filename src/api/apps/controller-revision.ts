import { defineKind } from '../kind.ts';
import { ControllerRevision } from './controller-revision.schema.ts';

export const controllerRevisionKind = defineKind<ControllerRevision>({
  group: 'apps',
  version: 'v1',
  kind: 'ControllerRevision',
  plural: 'controllerrevisions',
  namespaced: true,
  schema: ControllerRevision,
});
