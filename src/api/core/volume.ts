import type { FieldError } from '../field-error.ts';
import { duplicateField, forbiddenField, invalidField, requiredField } from '../field-error.ts';
import { validateCsiDriverName } from '../storage/csi-name.ts';
import { configMapKeyComplaints, dnsLabelComplaints } from '../validation/names.ts';
import { validateRange } from '../validation/numbers.ts';
import { ifSet } from '../values/if-set.ts';
import { imageTag } from '../values/image.ts';
import { tryParseQuantity } from '../values/quantity.ts';
import { defaultFieldRef, defaultResourceFieldRef, validateFieldRef, validateResourceFieldRef } from './env.ts';
import { defaultClaimSpec, validateClaimSpec } from './persistent-volume-claim-spec.ts';
import { validateLocalPath } from './security-context.ts';
import type {
  DownwardAPIVolumeFile,
  KeyToPath,
  ProjectedVolumeSource,
  Volume,
  VolumeProjection,
  VolumeSource,
} from './volume.schema.ts';

const readableByAll = 0o644;

const defaultFile = (file: DownwardAPIVolumeFile): DownwardAPIVolumeFile => ({
  ...file,
  ...ifSet('fieldRef', file.fieldRef, defaultFieldRef),
  ...ifSet('resourceFieldRef', file.resourceFieldRef, defaultResourceFieldRef),
});

function defaultProjection(projection: VolumeProjection): VolumeProjection {
  return {
    ...projection,
    ...ifSet('serviceAccountToken', projection.serviceAccountToken, (token) => ({
      ...token,
      expirationSeconds: token.expirationSeconds ?? 3600,
    })),
    ...ifSet('downwardAPI', projection.downwardAPI, (source) => ({
      ...source,
      ...ifSet('items', source.items, (items) => items.map(defaultFile)),
    })),
  };
}

const withMode = <T extends { readonly defaultMode?: number | undefined }>(source: T): T => ({
  ...source,
  defaultMode: source.defaultMode ?? readableByAll,
});

/** Fills in a volume: an empty directory where no source is named, file modes, the projections' life times. */
export function defaultVolume(volume: Volume): Volume {
  const { name: _name, ...source } = volume;
  if (Object.values(source).every((value) => value === undefined)) return { ...volume, emptyDir: {} };
  return {
    ...volume,
    ...ifSet('configMap', volume.configMap, withMode),
    ...ifSet('secret', volume.secret, withMode),
    ...ifSet('hostPath', volume.hostPath, (path) => ({ ...path, type: path.type ?? '' })),
    ...ifSet('downwardAPI', volume.downwardAPI, (api) => ({
      ...withMode(api),
      ...ifSet('items', api.items, (items) => items.map(defaultFile)),
    })),
    ...ifSet('projected', volume.projected, (projected) => ({
      ...withMode(projected),
      ...ifSet('sources', projected.sources, (sources) => sources.map(defaultProjection)),
    })),
    ...ifSet('image', volume.image, (image) => ({
      ...image,
      pullPolicy: image.pullPolicy ?? (imageTag(image.reference ?? '') === 'latest' ? 'Always' : 'IfNotPresent'),
    })),
    ...ifSet('iscsi', volume.iscsi, (iscsi) => ({ ...iscsi, iscsiInterface: iscsi.iscsiInterface ?? 'default' })),
    ...ifSet('ephemeral', volume.ephemeral, (ephemeral) => ({
      ...ephemeral,
      ...ifSet('volumeClaimTemplate', ephemeral.volumeClaimTemplate, (template) => ({
        ...template,
        ...ifSet('spec', template.spec, defaultClaimSpec),
      })),
    })),
  };
}

const modeMessage = 'must be a number between 0 and 0777 (octal), both inclusive';

function validateMode(mode: number | undefined, path: string): FieldError[] {
  return mode !== undefined && (mode < 0 || mode > 0o777) ? [invalidField(path, mode, modeMessage)] : [];
}

function required(value: string | undefined, path: string): FieldError[] {
  return value === undefined || value === '' ? [requiredField(path)] : [];
}

function validateItems(items: readonly KeyToPath[] | undefined, path: string): FieldError[] {
  return (items ?? []).flatMap((item, index) => {
    const at = `${path}[${index}]`;
    return [
      ...(item.key === ''
        ? [requiredField(`${at}.key`)]
        : configMapKeyComplaints(item.key).map((text) => invalidField(`${at}.key`, item.key, text))),
      ...required(item.path, `${at}.path`),
      ...validateLocalPath(item.path, `${at}.path`),
      ...validateMode(item.mode, `${at}.mode`),
    ];
  });
}

const fileFields = ['metadata.annotations', 'metadata.labels', 'metadata.name', 'metadata.namespace', 'metadata.uid'];

function validateFiles(items: readonly DownwardAPIVolumeFile[] | undefined, path: string): FieldError[] {
  return (items ?? []).flatMap((file, index) => {
    const at = `${path}[${index}]`;
    const { fieldRef, resourceFieldRef } = file;
    const errors = [...required(file.path, `${at}.path`), ...validateLocalPath(file.path, `${at}.path`)];
    if (fieldRef !== undefined) {
      errors.push(...validateFieldRef(fieldRef, fileFields, `${at}.fieldRef`));
      if (resourceFieldRef !== undefined) {
        errors.push(invalidField(at, 'resource', 'fieldRef and resourceFieldRef can not be specified simultaneously'));
      }
    } else if (resourceFieldRef !== undefined) {
      errors.push(...validateResourceFieldRef(resourceFieldRef, true, `${at}.resourceFieldRef`));
    } else errors.push(requiredField(at, 'one of fieldRef and resourceFieldRef is required'));
    return [...errors, ...validateMode(file.mode, `${at}.mode`)];
  });
}

function validateProjection(source: VolumeProjection, path: string): FieldError[] {
  const { configMap, secret, downwardAPI, serviceAccountToken: token } = source;
  const [, ...more] = Object.entries(source).filter(([, value]) => value !== undefined);
  const errors = more.map(([name]) =>
    forbiddenField(`${path}.${name}`, 'may not specify more than 1 volume type per source'),
  );
  for (const [name, named] of Object.entries({ configMap, secret })) {
    if (named === undefined) continue;
    errors.push(...required(named.name, `${path}.${name}.name`));
    errors.push(...validateItems(named.items, `${path}.${name}.items`));
  }
  if (downwardAPI !== undefined) errors.push(...validateFiles(downwardAPI.items, `${path}.downwardAPI`));
  if (token !== undefined) {
    const at = `${path}.serviceAccountToken`;
    errors.push(...required(token.path, `${at}.path`));
    const seconds = token.expirationSeconds ?? 3600;
    if (seconds < 600) {
      errors.push(invalidField(`${at}.expirationSeconds`, seconds, 'may not specify a duration less than 10 minutes'));
    } else if (seconds > 2 ** 32) {
      errors.push(
        invalidField(`${at}.expirationSeconds`, seconds, 'may not specify a duration larger than 2^32 seconds'),
      );
    }
  }
  return errors;
}

function validateProjected(projected: ProjectedVolumeSource, path: string): FieldError[] {
  const sources = projected.sources ?? [];
  return [
    ...validateMode(projected.defaultMode, `${path}.defaultMode`),
    ...sources.flatMap((source, index) => validateProjection(source, `${path}.sources[${index}]`)),
  ];
}

/** The faults of a path on the node's own disk. */
export function validateHostPath(path: string, at: string): FieldError[] {
  if (path === '') return [requiredField(at)];
  return path.split('/').includes('..') ? [invalidField(at, path, "must not contain '..'")] : [];
}

function validateNfs({ server, path }: NonNullable<VolumeSource['nfs']>, at: string): FieldError[] {
  const absolute =
    path === '' || path.startsWith('/') ? [] : [invalidField(`${at}.path`, path, 'must be an absolute path')];
  return [...required(server, `${at}.server`), ...required(path, `${at}.path`), ...absolute];
}

function validateCsi(
  { driver, nodePublishSecretRef: secret }: NonNullable<VolumeSource['csi']>,
  at: string,
): FieldError[] {
  return [
    ...validateCsiDriverName(driver, `${at}.driver`),
    ...(secret === undefined ? [] : required(secret.name, `${at}.nodePublishSecretRef.name`)),
  ];
}

function validateSource(source: VolumeSource, path: string): FieldError[] {
  const { emptyDir, hostPath, configMap, secret, downwardAPI, projected, persistentVolumeClaim, nfs, ephemeral } =
    source;
  if (emptyDir !== undefined) {
    const limit = tryParseQuantity(emptyDir.sizeLimit);
    return limit !== undefined && limit.nanos < 0n
      ? [forbiddenField(`${path}.emptyDir.sizeLimit`, 'SizeLimit field must be a valid resource quantity')]
      : [];
  }
  if (hostPath !== undefined) return validateHostPath(hostPath.path, `${path}.hostPath.path`);
  for (const [name, kept] of [
    ['configMap', configMap],
    ['secret', secret],
  ] as const) {
    if (kept === undefined) continue;
    const [field, value] =
      'secretName' in kept || name === 'secret' ? ['secretName', secret?.secretName] : ['name', configMap?.name];
    return [
      ...required(value, `${path}.${name}.${field}`),
      ...validateMode(kept.defaultMode, `${path}.${name}.defaultMode`),
      ...validateItems(kept.items, `${path}.${name}.items`),
    ];
  }
  if (downwardAPI !== undefined) {
    return [
      ...validateMode(downwardAPI.defaultMode, `${path}.downwardAPI.defaultMode`),
      ...validateFiles(downwardAPI.items, `${path}.downwardAPI`),
    ];
  }
  if (projected !== undefined) return validateProjected(projected, `${path}.projected`);
  if (persistentVolumeClaim !== undefined) {
    return required(persistentVolumeClaim.claimName, `${path}.persistentVolumeClaim.claimName`);
  }
  if (nfs !== undefined) return validateNfs(nfs, `${path}.nfs`);
  if (ephemeral !== undefined) {
    const template = ephemeral.volumeClaimTemplate;
    const at = `${path}.ephemeral.volumeClaimTemplate`;
    return template === undefined ? [requiredField(at)] : validateClaimSpec(template.spec, `${at}.spec`);
  }
  if (source.image !== undefined) return required(source.image.reference, `${path}.image.reference`);
  if (source.csi !== undefined) return validateCsi(source.csi, `${path}.csi`);
  return validateRange(source.gcePersistentDisk?.partition, 0, 255, `${path}.gcePersistentDisk.partition`);
}

function validateVolume(volume: Volume, path: string): FieldError[] {
  const { name, ...source } = volume;
  const [first, ...more] = Object.entries(source).filter(([, value]) => value !== undefined);
  if (first === undefined) return [requiredField(path, 'must specify a volume type')];
  return [
    ...(name === ''
      ? [requiredField(`${path}.name`)]
      : dnsLabelComplaints(name).map((text) => invalidField(`${path}.name`, name, text))),
    ...validateSource(source, path),
    ...more.map(([type]) => forbiddenField(`${path}.${type}`, 'may not specify more than 1 volume type')),
  ];
}

/** The faults of a pod's volumes. */
export function validateVolumes(volumes: readonly Volume[], path: string): FieldError[] {
  const names = volumes.map(({ name }) => name);
  return volumes.flatMap((volume, index) => {
    const at = `${path}[${index}]`;
    const repeated = volume.name !== '' && names.indexOf(volume.name) < index;
    return [...validateVolume(volume, at), ...(repeated ? [duplicateField(`${at}.name`, volume.name)] : [])];
  });
}
