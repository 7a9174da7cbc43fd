import type { AnyKind } from '../../api/kind.ts';
import type { StoredObject } from '../../store/store.ts';
import type { ApiObject } from './api-object.ts';
import { eventFromCore, eventToCore } from './conversion/event.ts';
import { autoscalerFromV2, autoscalerToV2 } from './conversion/horizontal-pod-autoscaler.ts';
import { groupVersion } from './kind-registry.ts';

/** Somebody else has to convert an object first: `settle` asks them, and throws what came of it where that failed. */
export class ConversionPending extends Error {
  readonly settle: () => Promise<void>;

  constructor(settle: () => Promise<void>) {
    super('an object waits for its conversion');
    this.settle = settle;
  }
}

/** So many conversions in a row, each of what the last one led to, are more than anything needs. */
const maxRounds = 32;

/** Runs something that converts; where it had to wait for a conversion, it runs again from its beginning. */
export async function converting<T>(run: () => T): Promise<T> {
  for (let round = 1; ; round++) {
    try {
      return run();
    } catch (error) {
      if (!(error instanceof ConversionPending) || round > maxRounds) throw error;
      await error.settle();
    }
  }
}

/** Has stored objects converted, all at once, before they are shown. */
export async function prepareToShow(kind: AnyKind, items: readonly StoredObject[]): Promise<void> {
  const prepare = kind.conversion?.prepare;
  if (prepare !== undefined) await prepare(items.map(({ object }) => object));
}

type Convert = (object: ApiObject) => ApiObject;
interface Converter {
  readonly toStored: Convert;
  readonly fromStored: Convert;
}

/** How the kinds that share another one's storage become it and come back, by their own group, version and kind. */
const converters: Readonly<Record<string, Converter>> = {
  'events.k8s.io/v1/Event': { toStored: eventToCore, fromStored: eventFromCore },
  'autoscaling/v1/HorizontalPodAutoscaler': { toStored: autoscalerToV2, fromStored: autoscalerFromV2 },
};

function converterOf(kind: AnyKind): Converter | undefined {
  return converters[`${groupVersion(kind)}/${kind.kind}`];
}

function named(kind: AnyKind, object: ApiObject): ApiObject {
  return { ...object, apiVersion: groupVersion(kind), kind: kind.kind };
}

/** An object of `kind` in the form in which it is stored. */
export function toStored(kind: AnyKind, stored: AnyKind, object: ApiObject): ApiObject {
  if (kind.conversion !== undefined) return kind.conversion.toStored(object) as ApiObject;
  if (kind === stored) return object;
  return named(stored, converterOf(kind)?.toStored(object) ?? object);
}

/** A stored object as `kind` shows it; the very same where it is stored so. */
export function fromStored(stored: AnyKind, kind: AnyKind, object: ApiObject): ApiObject {
  if (kind.conversion !== undefined) return kind.conversion.fromStored(object) as ApiObject;
  if (kind === stored) return object;
  return named(kind, converterOf(kind)?.fromStored(object) ?? object);
}

/** True where `kind` shows its objects just as they are stored, whatever is in them. */
export function isShownAsStored(stored: AnyKind, kind: AnyKind): boolean {
  return kind === stored && kind.conversion === undefined;
}

/** The JSON text of a stored object as `kind` shows it: the stored one where that will do, without a look inside. */
export function textOf(stored: AnyKind, kind: AnyKind, item: StoredObject): Buffer {
  if (isShownAsStored(stored, kind)) return item.json;
  const kept = item.object as unknown as ApiObject;
  const object = fromStored(stored, kind, kept);
  return object === kept ? item.json : Buffer.from(JSON.stringify(object));
}
