import type { Source } from '../model/route-table.ts';

/** Something that an author has to be told; it becomes a Warning event on the object. */
export interface Problem {
  readonly source: Source;
  readonly reason:
    | 'InvalidAnnotation'
    | 'UnsupportedAnnotation'
    | 'InvalidRule'
    | 'InvalidSetting'
    | 'UnsupportedSetting'
    | 'PathConflict'
    | 'InvalidCertificate'
    | 'UnknownClass'
    | 'ServiceNotFound'
    | 'ServicePortNotFound'
    | 'NoReadyEndpoints';
  readonly message: string;
  /** The Service that is at fault, as `namespace/name`. */
  readonly service?: string;
}
