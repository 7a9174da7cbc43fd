import type { Pod } from '../../api/core/pod.schema.ts';
import type { Service } from '../../api/core/service.schema.ts';
import type { Target } from '../../machinery/services/targets.ts';
import { missingPortNames, nearMatch, selectedTargets, selectorText } from '../../machinery/services/targets.ts';
import { isActive, isReady } from '../pod-state.ts';
import type { PlannedEvent } from '../planned-event.ts';
import { reasonNotReady } from './not-ready.ts';

/** How long something must be amiss before it is worth an event: a roll-out is no fault. */
const graceMs = 10_000;

export interface Finding {
  readonly reason: 'SelectorMatchesNoPods' | 'TargetPortNotFound' | 'NoReadyPods';
  readonly message: string;
  readonly graceMs: number;
}

/** Why no client of a Service gets an answer, or not on all of its ports; undefined where nothing is known to be amiss. */
export function diagnose(service: Service, podsOfNamespace: readonly Pod[]): Finding | undefined {
  const selector = service.spec.selector ?? {};
  const pods = podsOfNamespace.filter(isActive);
  const targets = pods.map(targetOf);
  const selected = new Set(selectedTargets(selector, targets).map(({ name }) => name));
  if (selected.size === 0) {
    const near = nearMatch(selector, targets);
    const nearly = near === undefined ? '' : `; ${near}`;
    const message = `No pod has the labels that the selector asks for, ${selectorText(selector)}${nearly}`;
    return { reason: 'SelectorMatchesNoPods', message, graceMs };
  }
  const own = pods.filter((pod) => selected.has(targetOf(pod).name));
  const [missing] = missingPortNames(service, own.map(targetOf));
  if (missing !== undefined) return { reason: 'TargetPortNotFound', message: missing, graceMs };
  if (service.spec.publishNotReadyAddresses === true || own.some(isReady)) return undefined;
  const [first] = own;
  if (first === undefined) return undefined;
  const { text, startupMs } = reasonNotReady(first);
  const count = own.length === 1 ? 'The only pod selected is' : `None of the ${own.length} pods selected is`;
  const ready = own.length === 1 ? 'not ready' : 'ready';
  return {
    reason: 'NoReadyPods',
    message: `${count} ${ready}: ${first.metadata.name}: ${text}`,
    graceMs: graceMs + startupMs,
  };
}

const targetOf = ({ metadata, spec }: Pod): Target => ({
  name: `pod ${metadata.name}`,
  labels: metadata.labels ?? {},
  spec,
});

/** What was found of a Service before, and when first. */
export interface Noted {
  readonly reason: string;
  readonly message: string;
  readonly since: number;
  readonly reported: boolean;
}

export interface HealthPlan {
  readonly noted: Noted | undefined;
  readonly event?: PlannedEvent;
  readonly requeueAfter?: number;
}

/** Reports a finding once it has lasted, and again only when it is another one. */
export function reconcile(finding: Finding | undefined, before: Noted | undefined, now: number): HealthPlan {
  if (finding === undefined) return { noted: undefined };
  const { reason, message } = finding;
  const same = before?.reason === reason;
  const since = same ? before.since : now;
  if (same && before.reported) return { noted: before };
  const left = since + finding.graceMs - now;
  if (left > 0) return { noted: { reason, message, since, reported: false }, requeueAfter: left };
  return { noted: { reason, message, since, reported: true }, event: { type: 'Warning', reason, message } };
}
