import type { AnyKind } from '../../../api/kind.ts';
import type { KubeObject } from '../../../api/object.ts';
import type { Store } from '../../../store/store.ts';
import { ObjectCache } from './object-cache.ts';

interface Binding extends KubeObject {
  readonly spec: { readonly policyName?: string | undefined };
}

/** The policies of a kind with their bindings. */
export class BoundPolicies<P extends KubeObject, B extends Binding> {
  readonly #policies: ObjectCache<P>;
  readonly #bindings: ObjectCache<B>;

  constructor(policyKind: AnyKind, bindingKind: AnyKind) {
    this.#policies = new ObjectCache<P>(policyKind);
    this.#bindings = new ObjectCache<B>(bindingKind);
  }

  async start(store: Store): Promise<void> {
    await this.#policies.start(store);
    await this.#bindings.start(store);
  }

  stop(): void {
    this.#policies.stop();
    this.#bindings.stop();
  }

  /** Each policy with each of its bindings. */
  *pairs(): Iterable<readonly [P, B]> {
    for (const policy of this.#policies.list()) {
      for (const binding of this.#bindings.list()) {
        if (binding.spec.policyName === policy.metadata.name) yield [policy, binding];
      }
    }
  }
}
