import type { ApiObject } from '../registry/api-object.ts';
import { Reinvocation } from './dynamic/reinvocation.ts';
import type { AdmissionContext, AdmissionPlugin, AdmissionRequest } from './types.ts';

/** All admission plug-ins, run in order: those that change objects, then, after validation, those that only judge. */
export class AdmissionChain {
  readonly #mutating: readonly AdmissionPlugin[];
  readonly #validating: readonly AdmissionPlugin[];
  readonly #context: AdmissionContext;

  constructor(plugins: readonly AdmissionPlugin[], context: AdmissionContext) {
    this.#mutating = plugins.filter((plugin) => plugin.mutate !== undefined);
    this.#validating = plugins.filter((plugin) => plugin.validate !== undefined);
    this.#context = context;
  }

  /** The object as the plug-ins leave it. */
  async mutate(request: AdmissionRequest & { readonly object: ApiObject }): Promise<ApiObject> {
    const reinvocation = new Reinvocation();
    const first = await this.#mutateOnce({ ...request, reinvocation });
    if (!reinvocation.isNeeded) return first;
    reinvocation.isAgain = true;
    return this.#mutateOnce({ ...request, object: first, reinvocation });
  }

  async #mutateOnce(request: AdmissionRequest & { readonly object: ApiObject }): Promise<ApiObject> {
    let object = request.object;
    for (const plugin of this.#mutating)
      object = (await plugin.mutate?.({ ...request, object }, this.#context)) ?? object;
    return object;
  }

  /** Asks those that judge connections as well, whose object is what the client asks for; throws the first refusal. */
  async connect(request: AdmissionRequest & { readonly object: ApiObject }): Promise<void> {
    const concerned = (plugin: AdmissionPlugin): boolean => plugin.judgesConnections === true;
    let { object } = request;
    for (const plugin of this.#mutating.filter(concerned))
      object = (await plugin.mutate?.({ ...request, object }, this.#context)) ?? object;
    for (const plugin of this.#validating.filter(concerned))
      await plugin.validate?.({ ...request, object }, this.#context);
  }

  /** Throws the first refusal. */
  async validate(request: AdmissionRequest): Promise<void> {
    for (const plugin of this.#validating) await plugin.validate?.(request, this.#context);
  }
}
