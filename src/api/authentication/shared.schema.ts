import type { Infer } from '../schema.ts';
import { list, mapOf, message, optional, string, wrappedList } from '../schema.ts';

export const UserInfo = message('io.k8s.api.authentication.v1.UserInfo', {
  username: optional(1, string),
  uid: optional(2, string),
  groups: optional(3, list(string)),
  extra: optional(4, mapOf(wrappedList(string))),
});
export interface UserInfo extends Infer<typeof UserInfo> {}
