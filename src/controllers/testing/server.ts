import type { KubeObject, Unsaved } from '../../api/object.ts';
import type { Resource } from '../../api/resources.ts';
import { FakeClient } from '../../client/testing/fake-client.ts';

/** The fake API server with what controllers may rely on of the real one: `spec`, `status` and `metadata` are there. */
export class TestServer extends FakeClient {
  override async create<T extends KubeObject>(resource: Resource<T>, object: Unsaved<T>): Promise<T> {
    const created = await super.create(resource, object);
    return this.seed(resource, { ...created, status: {} });
  }
}

/** Waits until `check` returns something, at most `milliseconds`; throws with `what` when it does not. */
export async function eventually<T>(what: string, check: () => T | undefined | false, milliseconds = 2000): Promise<T> {
  const end = performance.now() + milliseconds;
  for (;;) {
    const result = check();
    if (result !== undefined && result !== false) return result;
    if (performance.now() > end) throw new Error(`not in ${milliseconds} ms: ${what}`);
    await new Promise((resolve) => {
      setTimeout(resolve, 2);
    });
  }
}
