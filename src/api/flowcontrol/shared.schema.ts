import { listMap, message, optional, string, time } from '../schema.ts';

/** The conditions of a status; the message's `name` is the kind's own. */
export function conditions(name: string) {
  const condition = message(name, {
    type: optional(1, string),
    status: optional(2, string),
    lastTransitionTime: optional(3, time),
    reason: optional(4, string),
    message: optional(5, string),
  });
  return optional(1, listMap(condition, ['type'], { mergeKey: 'type', patchStrategy: 'merge' }));
}
