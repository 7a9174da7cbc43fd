import type { FieldError } from '../field-error.ts';
import { forbiddenField, invalidField, requiredField } from '../field-error.ts';
import { httpHeaderComplaints } from '../validation/names.ts';
import { validateNonNegative, validatePort, validatePortOrName } from '../validation/numbers.ts';
import { ifSet } from '../values/if-set.ts';
import type { HTTPGetAction, Lifecycle, LifecycleHandler, Probe, ProbeHandler } from './container.schema.ts';

const defaultHttpGet = (action: HTTPGetAction): HTTPGetAction => ({
  ...action,
  path: action.path === undefined || action.path === '' ? '/' : action.path,
  scheme: action.scheme ?? 'HTTP',
});

/** A zero means "the default" as much as a missing number does. */
const orDefault = (value: number | undefined, usual: number): number =>
  value === undefined || value === 0 ? usual : value;

/** Fills in a probe's periods and thresholds. */
export function defaultProbe(probe: Probe): Probe {
  return {
    ...probe,
    ...ifSet('httpGet', probe.httpGet, defaultHttpGet),
    ...ifSet('grpc', probe.grpc, (grpc) => ({ ...grpc, service: grpc.service ?? '' })),
    timeoutSeconds: orDefault(probe.timeoutSeconds, 1),
    periodSeconds: orDefault(probe.periodSeconds, 10),
    successThreshold: orDefault(probe.successThreshold, 1),
    failureThreshold: orDefault(probe.failureThreshold, 3),
  };
}

const defaultHandler = (handler: LifecycleHandler): LifecycleHandler => ({
  ...handler,
  ...ifSet('httpGet', handler.httpGet, defaultHttpGet),
});

/** Fills in the HTTP hooks of a container's lifecycle. */
export function defaultLifecycle(lifecycle: Lifecycle): Lifecycle {
  return {
    ...lifecycle,
    ...ifSet('postStart', lifecycle.postStart, defaultHandler),
    ...ifSet('preStop', lifecycle.preStop, defaultHandler),
  };
}

function validateHttpGet(action: HTTPGetAction, path: string): FieldError[] {
  const headers = (action.httpHeaders ?? []).flatMap(({ name }, index) =>
    httpHeaderComplaints(name).map((text) => invalidField(`${path}.httpHeaders[${index}].name`, name, text)),
  );
  return [...validatePortOrName(action.port, `${path}.port`), ...headers];
}

type Handler = ProbeHandler & LifecycleHandler;

function validateAction(handler: Handler, path: string): FieldError[] {
  const { exec, httpGet, tcpSocket, grpc } = handler;
  if (exec !== undefined) return (exec.command ?? []).length === 0 ? [requiredField(`${path}.exec.command`)] : [];
  if (httpGet !== undefined) return validateHttpGet(httpGet, `${path}.httpGet`);
  if (tcpSocket !== undefined) return validatePortOrName(tcpSocket.port, `${path}.tcpSocket.port`);
  if (grpc !== undefined) return validatePort(grpc.port, `${path}.grpc.port`);
  return [];
}

/** Refuses a probe or hook without a handler, with several, or with a faulty one. */
function validateHandler(handler: Handler, path: string): FieldError[] {
  const names = ['exec', 'httpGet', 'tcpSocket', 'grpc', 'sleep'] as const;
  const [first, ...more] = names.filter((name) => handler[name] !== undefined);
  if (first === undefined) return [requiredField(path, 'must specify a handler type')];
  return [
    ...validateAction(handler, path),
    ...more.map((name) => forbiddenField(`${path}.${name}`, 'may not specify more than 1 handler type')),
  ];
}

const probeNumbers = [
  'initialDelaySeconds',
  'timeoutSeconds',
  'periodSeconds',
  'successThreshold',
  'failureThreshold',
] as const;

/** The faults of a probe; `use` decides which thresholds and grace periods it may have. */
export function validateProbe(
  probe: Probe | undefined,
  use: 'liveness' | 'readiness' | 'startup',
  path: string,
): FieldError[] {
  if (probe === undefined) return [];
  const errors = [
    ...validateHandler(probe, path),
    ...probeNumbers.flatMap((field) => validateNonNegative(probe[field], `${path}.${field}`)),
  ];
  const { successThreshold = 1, terminationGracePeriodSeconds: grace } = probe;
  if (use === 'readiness') {
    if (grace !== undefined) {
      errors.push(invalidField(`${path}.terminationGracePeriodSeconds`, grace, 'must not be set for readinessProbes'));
    }
    return errors;
  }
  if (successThreshold !== 1) errors.push(invalidField(`${path}.successThreshold`, successThreshold, 'must be 1'));
  if (grace !== undefined && grace <= 0) {
    errors.push(invalidField(`${path}.terminationGracePeriodSeconds`, grace, 'must be greater than 0'));
  }
  return errors;
}

/** The faults of a container's hooks; sleeping longer than `graceSeconds` would outlast the pod. */
export function validateLifecycle(lifecycle: Lifecycle | undefined, graceSeconds: number, path: string): FieldError[] {
  return (['postStart', 'preStop'] as const).flatMap((hook) => {
    const handler = lifecycle?.[hook];
    if (handler === undefined) return [];
    const errors = validateHandler(handler, `${path}.${hook}`);
    const { seconds = 0 } = handler.sleep ?? {};
    if (seconds >= 0 && seconds <= Math.max(graceSeconds, 0)) return errors;
    const message = `must be non-negative and less than terminationGracePeriodSeconds (${graceSeconds})`;
    return [...errors, invalidField(`${path}.${hook}.sleep`, seconds, message)];
  });
}
