import type { Event } from '../../api/core/event.schema.ts';
import { events } from '../../api/resources.ts';
import type { ApiClient } from '../../client/api-client.ts';
import type { Problem } from '../plan/problem.ts';

/** Begins the event that says of a problem that it is over. */
export const resolvedPrefix = 'No longer so: ';

/** The problems that earlier events of Ingresses and of the ConfigMap for them tell of, and of which none says that they are over. */
export async function readToldProblems(client: ApiClient): Promise<readonly Problem[]> {
  const fieldSelector = 'reportingComponent=nginx-ingress-controller';
  const { items } = await client.list(events, { fieldSelector });
  return toldProblems(items);
}

/** As `readToldProblems`, from the events themselves. */
export function toldProblems(all: readonly Event[]): readonly Problem[] {
  const open = new Map<string, Problem>();
  for (const { involvedObject, type, reason, message } of all.toSorted(byTime)) {
    const { apiVersion = '', kind = '', namespace = '', name = '', uid = '' } = involvedObject;
    const source = { apiVersion, kind, namespace, name, uid };
    const text = message ?? '';
    if (type === 'Warning') open.set(`${uid} ${text}`, { source, reason: reason as Problem['reason'], message: text });
    else if (text.startsWith(resolvedPrefix)) open.delete(`${uid} ${text.slice(resolvedPrefix.length)}`);
  }
  return [...open.values()];
}

/** Times are in seconds; of two in one second, the end comes last. */
function byTime(a: Event, b: Event): number {
  const [left, right] = [a.lastTimestamp ?? '', b.lastTimestamp ?? ''];
  if (left !== right) return left < right ? -1 : 1;
  return Number(b.type === 'Warning') - Number(a.type === 'Warning');
}
