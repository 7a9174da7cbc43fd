import type { Environment } from '@marcbachmann/cel-js';
import type { FieldError } from '../../../api/field-error.ts';
import { invalidField } from '../../../api/field-error.ts';
import type { DeviceSelector } from '../../../api/resource/device-configuration.schema.ts';
import type { DeviceClass } from '../../../api/resource/device-class.schema.ts';
import type { ResourceClaimSpec } from '../../../api/resource/resource-claim.schema.ts';
import { baseEnvironment, CelCompileError, compileExpression } from '../../../machinery/cel/engine.ts';

let environment: Environment | undefined;

/** What expressions about a device may use: its driver, attributes and capacity. */
function deviceEnvironment(): Environment {
  environment ??= baseEnvironment().clone().registerVariable('device', 'dyn');
  return environment;
}

function selectorFaults(selectors: readonly DeviceSelector[] | undefined, path: string): readonly FieldError[] {
  return (selectors ?? []).flatMap(({ cel }, index) => {
    const text = cel?.expression;
    if (text === undefined) return [];
    const at = `${path}[${index}].cel.expression`;
    try {
      compileExpression(deviceEnvironment(), text, ['bool']);
      return [];
    } catch (error) {
      if (!(error instanceof CelCompileError)) throw error;
      const isType = error.message.startsWith('cel expression');
      const message = isType ? 'must evaluate to bool or the unknown type' : `compilation failed: ${error.message}`;
      return [invalidField(at, text, message)];
    }
  });
}

/** The faults that a compiler finds in the selectors of a class. */
export const classSelectorFaults = ({ spec }: DeviceClass): readonly FieldError[] =>
  selectorFaults(spec.selectors, 'spec.selectors');

/** The faults that a compiler finds in the selectors of a claim whose specification stands at `path`. */
export function claimSelectorFaults({ devices }: ResourceClaimSpec, path: string): readonly FieldError[] {
  return (devices.requests ?? []).flatMap(({ exactly, firstAvailable = [] }, index) => {
    const at = `${path}.devices.requests[${index}]`;
    return [
      ...selectorFaults(exactly?.selectors, `${at}.exactly.selectors`),
      ...firstAvailable.flatMap(({ selectors }, part) =>
        selectorFaults(selectors, `${at}.firstAvailable[${part}].selectors`),
      ),
    ];
  });
}
