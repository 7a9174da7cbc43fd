import type {
  CustomResourceDefinition,
  CustomResourceDefinitionNames,
  CustomResourceDefinitionVersion,
} from '../../api/apiextensions/custom-resource-definition.schema.ts';
import type { JSONSchemaProps } from '../../api/apiextensions/json-schema-props.schema.ts';
import type { FieldError } from '../../api/field-error.ts';
import type { AnyKind, GroupVersionKind, KindDefinition, ScalePaths, Subresources } from '../../api/kind.ts';
import { allVerbs, defineKind } from '../../api/kind.ts';
import type { KubeObject } from '../../api/object.ts';
import type { CompiledRules } from '../../machinery/cel/rules.ts';
import { compileRules } from '../../machinery/cel/rules.ts';
import { fieldAt } from '../../machinery/json.ts';
import type { JsonObject } from '../../machinery/json.ts';
import { applyDefaults } from '../../machinery/structural/defaulting.ts';
import { messageOf } from '../../machinery/structural/ownership.ts';
import { prune } from '../../machinery/structural/prune.ts';
import { isBlocking, validateStructural } from '../../machinery/structural/validate.ts';
import { groupVersion } from '../registry/kind-registry.ts';
import type { WebhookClient } from '../webhook/client.ts';
import { customColumns } from './columns.ts';
import { converterOf } from './conversion.ts';
import type { Converter } from './conversion.ts';

/** The kinds that a definition makes, one for each version. */
export interface CustomKinds {
  readonly served: readonly AnyKind[];
  /** The version in which objects are stored, where it is not served. */
  readonly unserved: AnyKind | undefined;
}

/** `.spec.replicas` as a list of names. */
const pathOf = (path: string | undefined): readonly string[] => (path ?? '').split('.').filter((name) => name !== '');

function subresourcesOf({ subresources }: CustomResourceDefinitionVersion): Subresources {
  const { status, scale } = subresources ?? {};
  const paths: ScalePaths | undefined = scale && {
    specReplicas: pathOf(scale.specReplicasPath),
    statusReplicas: pathOf(scale.statusReplicasPath),
    selector: pathOf(scale.labelSelectorPath),
  };
  return { ...(status === undefined ? {} : { status: true }), ...(paths === undefined ? {} : { scale: paths }) };
}

function selectableFieldsOf(version: CustomResourceDefinitionVersion): NonNullable<KindDefinition['selectableFields']> {
  const fields = (version.selectableFields ?? []).map(({ jsonPath }) => {
    const path = pathOf(jsonPath);
    const read = (object: KubeObject): string => {
      const value = fieldAt(object, path);
      if (value === undefined || value === null) return '';
      return typeof value === 'string' ? value : JSON.stringify(value);
    };
    return [path.join('.'), read] as const;
  });
  return Object.fromEntries(fields);
}

/** `com.example.v1.CronTab`: the group turned around, as the names of built-in schemas are. */
function schemaName({ group, version, kind }: GroupVersionKind): string {
  return [...group.split('.').toReversed(), version, kind].join('.');
}

type Convert = (object: KubeObject) => KubeObject;

/**
 * Objects lie in the store in whatever version was the stored one when they were written, under the schema of that
 * time: they are shown in this version, without what its schema does not know, and with its defaults.
 */
function fromStoredAs(apiVersion: string, structural: JSONSchemaProps, converter: Converter): Convert {
  const shown = new WeakMap<KubeObject, KubeObject>();
  return (object) => {
    let result = shown.get(object);
    if (result !== undefined) return result;
    const converted = converter.convert(object, apiVersion);
    const { object: known } = prune(structural, converted as unknown as JsonObject);
    result = applyDefaults(structural, known) as KubeObject;
    shown.set(object, result);
    return result;
  };
}

const plainFinalizers = new Set(['orphan', 'foregroundDeletion', 'kubernetes']);

const unchecked: FieldError = {
  type: 'FieldValueInvalid',
  field: '<nil>',
  message:
    'Invalid value: "null": some validation rules were not checked because the object was invalid; correct the existing errors to complete validation',
};

type Judge = (object: KubeObject, old: KubeObject | undefined) => readonly FieldError[];

/** Judges objects by a schema, and by its rules where nothing is so wrong that they could not be run. */
function judgeBy(structural: JSONSchemaProps): Judge {
  let compiled: CompiledRules | undefined;
  return (object, old) => {
    const faults = validateStructural(structural, object, '', old);
    compiled ??= compileRules(structural);
    const { rules } = compiled;
    if (rules === undefined) return faults;
    return faults.some(isBlocking) ? [...faults, unchecked] : [...faults, ...rules.validate(object, old)];
  };
}

/** A plain name may be somebody else's finalizer, too. */
function adviceOnFinalizers({ metadata }: KubeObject, old: KubeObject | undefined): readonly string[] {
  const before = new Set(old?.metadata.finalizers);
  return (metadata.finalizers ?? [])
    .filter((name) => !name.includes('/') && !plainFinalizers.has(name) && !before.has(name))
    .map(
      (name) =>
        `metadata.finalizers: ${JSON.stringify(name)}: prefer a domain-qualified finalizer name including a path (/) to avoid accidental conflicts with other finalizer writers`,
    );
}

/** Of a definition that is going, objects can be read, changed and deleted, and no new ones made. */
const verbsOf = ({ metadata }: CustomResourceDefinition) =>
  metadata.deletionTimestamp === undefined ? allVerbs : allVerbs.filter((verb) => verb !== 'create');

function kindOf(
  definition: CustomResourceDefinition,
  names: CustomResourceDefinitionNames,
  version: CustomResourceDefinitionVersion,
  converter: Converter,
): AnyKind {
  const { spec } = definition;
  const { plural, kind, singular = kind.toLowerCase(), listKind, shortNames = [], categories = [] } = names;
  const storage = spec.versions.find((candidate) => candidate.storage) ?? version;
  const address = { group: spec.group, version: version.name, kind };
  const stored = { group: spec.group, version: storage.name, kind };
  const structural = version.schema?.openAPIV3Schema ?? {};
  const storedAs = storage === version ? {} : { storedAs: stored };
  const { deprecated, deprecationWarning } = version;
  const advice = deprecationWarning ?? `${groupVersion(address)} ${kind} is deprecated`;
  const judge = judgeBy(structural);
  const fromStored = fromStoredAs(groupVersion(address), structural, converter);
  const { prepare } = converter;
  return defineKind<KubeObject>({
    ...address,
    plural,
    singular,
    shortNames,
    categories,
    ...(listKind === undefined ? {} : { listKind }),
    namespaced: spec.scope === 'Namespaced',
    verbs: verbsOf(definition),
    subresources: subresourcesOf(version),
    schema: messageOf(schemaName(address), structural),
    ...storedAs,
    conversion: {
      toStored: (object) => converter.convert(object, groupVersion(stored)),
      fromStored,
      ...(prepare === undefined
        ? {}
        : { prepare: (objects: readonly KubeObject[]) => prepare(objects, groupVersion(address)) }),
    },
    defaults: (object) => applyDefaults(structural, object) as KubeObject,
    validate: (object) => judge(object, undefined),
    validateChange: judge,
    warnings: adviceOnFinalizers,
    selectableFields: selectableFieldsOf(version),
    columns: customColumns(version.additionalPrinterColumns),
    ...(deprecated === true ? { deprecation: advice } : {}),
  });
}

/** The kinds of a definition under the names that were accepted for it. */
export function customKinds(
  definition: CustomResourceDefinition,
  names: CustomResourceDefinitionNames,
  webhooks: WebhookClient,
): CustomKinds {
  const { versions } = definition.spec;
  const converter = converterOf(definition, webhooks);
  const storage = versions.find((version) => version.storage);
  return {
    served: versions.filter(({ served }) => served).map((version) => kindOf(definition, names, version, converter)),
    unserved: storage === undefined || storage.served ? undefined : kindOf(definition, names, storage, converter),
  };
}
