import { randomUUID } from 'node:crypto';
import type { CustomResourceDefinition } from '../../api/apiextensions/custom-resource-definition.schema.ts';
import type { KubeObject } from '../../api/object.ts';
import { StatusError } from '../../api/status-error.ts';
import { validateLabels } from '../../api/validation/labels.ts';
import { isJsonObject } from '../../machinery/json.ts';
import { ConversionPending } from '../registry/conversion.ts';
import type { WebhookClient } from '../webhook/client.ts';

/** Brings objects of a custom kind from one version into another. */
export interface Converter {
  /** The object in the form of another version; throws ConversionPending where somebody has to be asked first. */
  convert(object: KubeObject, apiVersion: string): KubeObject;
  /** Has all of these ready; undefined where nobody has to be asked. */
  readonly prepare: ((objects: readonly KubeObject[], apiVersion: string) => Promise<void>) | undefined;
}

/** The versions differ in nothing but their name. */
export const namesOnly: Converter = {
  convert: (object, apiVersion) => (object.apiVersion === apiVersion ? object : { ...object, apiVersion }),
  prepare: undefined,
};

const timeoutSeconds = 30;
const reviewVersions = ['v1', 'v1beta1'];
/** So many objects that are only on their way through are remembered by what is in them. */
const maxRemembered = 512;

const textOf = (value: unknown): string => (typeof value === 'string' ? value : JSON.stringify(value ?? ''));
const gvk = ({ apiVersion, kind }: KubeObject): string => `${apiVersion}, Kind=${kind}`;

/** What a conversion review answers; throws an error that says what is wrong with it. */
export function readConverted(answer: object, uid: string, expected: number): readonly unknown[] {
  const { response } = answer as { readonly response?: unknown };
  if (!isJsonObject(response)) throw new Error('no response provided');
  const { uid: answered, result, convertedObjects = [] } = response;
  if (answered !== uid)
    throw new Error(`expected response.uid=${JSON.stringify(uid)}, got ${JSON.stringify(answered ?? '')}`);
  const { status = '', message = '' } = (isJsonObject(result) ? result : {}) as Readonly<Record<string, string>>;
  if (status === '') throw new Error(`response.result.status was '', not 'Success'`);
  if (status !== 'Success') {
    throw new Error(message === '' ? `response.result.status was '${status}', not 'Success'` : message);
  }
  const objects = Array.isArray(convertedObjects) ? convertedObjects : [];
  if (objects.length !== expected) throw new WrongCount(objects.length, expected);
  return objects;
}

class WrongCount extends Error {
  constructor(got: number, expected: number) {
    super(`returned ${got} objects, expected ${expected}`);
  }
}

function labelFaults(metadata: Readonly<Record<string, unknown>>): readonly string[] {
  const { labels } = metadata;
  if (labels === undefined || labels === null) return [];
  if (!isJsonObject(labels)) return ['metadata.labels: must be an object'];
  return validateLabels(labels as Readonly<Record<string, string>>, 'metadata.labels').map(
    ({ field, message }) => `${field}: ${message}`,
  );
}

/**
 * One converted object, checked: it is what was asked for, and of its metadata only labels and annotations are the
 * webhook's to change. Throws an error that says what is wrong.
 */
export function checkConverted(original: KubeObject, converted: unknown, apiVersion: string): KubeObject {
  if (!isJsonObject(converted)) throw new Error('is not an object');
  if (converted['apiVersion'] !== apiVersion) {
    throw new Error(`invalid apiVersion: expected ${apiVersion}, got ${textOf(converted['apiVersion'])}`);
  }
  if (converted['kind'] !== original.kind) {
    throw new Error(`invalid kind: expected ${original.kind}, got ${textOf(converted['kind'])}`);
  }
  const { metadata } = converted;
  if (!isJsonObject(metadata)) throw new Error('missing metadata');
  for (const field of ['name', 'namespace', 'uid'] as const) {
    if ((metadata[field] ?? '') !== (original.metadata[field] ?? '')) {
      throw new Error(`metadata.${field} changed from ${original.metadata[field] ?? ''} to ${textOf(metadata[field])}`);
    }
  }
  const faults = labelFaults(metadata);
  if (faults.length > 0) throw new Error(faults.join(', '));
  const { labels: _labels, annotations: _annotations, ...kept } = original.metadata;
  const { labels, annotations } = metadata;
  const own = {
    ...((labels ?? undefined) === undefined ? {} : { labels }),
    ...((annotations ?? undefined) === undefined ? {} : { annotations }),
  };
  return { ...converted, metadata: { ...kept, ...own } } as unknown as KubeObject;
}

/**
 * Converts by a webhook: `ConversionReview`, many objects at once. What has been converted is remembered for as long
 * as the object lives.
 * https://kubernetes.io/docs/tasks/extend-kubernetes/custom-resources/custom-resource-definition-versioning/#webhook-conversion
 */
export class WebhookConverter implements Converter {
  readonly #client: WebhookClient;
  readonly #conversion: NonNullable<CustomResourceDefinition['spec']['conversion']>;
  readonly #known = new WeakMap<KubeObject, Map<string, KubeObject>>();
  readonly #byText = new Map<string, KubeObject>();

  constructor(client: WebhookClient, conversion: NonNullable<CustomResourceDefinition['spec']['conversion']>) {
    this.#client = client;
    this.#conversion = conversion;
  }

  convert(object: KubeObject, apiVersion: string): KubeObject {
    if (object.apiVersion === apiVersion) return object;
    const known = this.#known.get(object)?.get(apiVersion) ?? this.#byText.get(textKey(object, apiVersion));
    if (known !== undefined) return known;
    throw new ConversionPending(() => this.prepare([object], apiVersion));
  }

  readonly prepare = async (objects: readonly KubeObject[], apiVersion: string): Promise<void> => {
    const byVersion = Map.groupBy(
      objects.filter((object) => object.apiVersion !== apiVersion && !this.#known.get(object)?.has(apiVersion)),
      (object) => object.apiVersion,
    );
    for (const some of byVersion.values()) await this.#ask(some, apiVersion);
  };

  async #ask(objects: readonly KubeObject[], apiVersion: string): Promise<void> {
    const [first] = objects;
    if (first === undefined) return;
    const { webhook } = this.#conversion;
    const uid: string = randomUUID();
    const version = webhook?.conversionReviewVersions.find((name) => reviewVersions.includes(name)) ?? 'v1';
    const review = {
      kind: 'ConversionReview',
      apiVersion: `apiextensions.k8s.io/${version}`,
      request: { uid, desiredAPIVersion: apiVersion, objects },
    };
    const who = `conversion webhook for ${gvk(first)}`;
    let converted: readonly unknown[];
    try {
      converted = readConverted(
        await this.#client.post(webhook?.clientConfig ?? {}, review, timeoutSeconds),
        uid,
        objects.length,
      );
    } catch (cause) {
      if (!(cause instanceof Error)) throw cause;
      const text = cause instanceof WrongCount ? `${who} ${cause.message}` : `${who} failed: ${cause.message}`;
      throw new StatusError('Unknown', text, undefined, { cause });
    }
    for (const [index, object] of objects.entries()) this.#keep(who, object, converted[index], { index, apiVersion });
  }

  #keep(who: string, object: KubeObject, answer: unknown, at: { index: number; apiVersion: string }): void {
    const { index, apiVersion } = at;
    let checked: KubeObject;
    try {
      checked = checkConverted(object, answer, apiVersion);
    } catch (cause) {
      const text = `${who} returned invalid converted object at index ${index}: ${(cause as Error).message}`;
      throw new StatusError('Unknown', text, undefined, { cause });
    }
    const known = this.#known.get(object) ?? new Map<string, KubeObject>();
    this.#known.set(object, known.set(apiVersion, checked));
    this.#byText.set(textKey(object, apiVersion), checked);
    const [oldest] = this.#byText.keys();
    if (this.#byText.size > maxRemembered && oldest !== undefined) this.#byText.delete(oldest);
  }
}

const textKey = (object: KubeObject, apiVersion: string): string => `${apiVersion}\n${JSON.stringify(object)}`;

/** How the versions of a definition become one another. */
export function converterOf({ spec }: CustomResourceDefinition, client: WebhookClient): Converter {
  const { conversion } = spec;
  return conversion?.strategy === 'Webhook' ? new WebhookConverter(client, conversion) : namesOnly;
}
