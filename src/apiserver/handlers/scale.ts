import type { Scale as KubeScale } from '../../api/autoscaling-v1/scale.schema.ts';
import { Scale } from '../../api/autoscaling-v1/scale.schema.ts';
import { ageColumn, countColumn, nameColumn } from '../../api/columns.ts';
import { invalidField } from '../../api/field-error.ts';
import type { ScalePaths } from '../../api/kind.ts';
import type { KubeObject } from '../../api/object.ts';
import { invalidObject } from '../../api/status-error.ts';
import { fieldAt, withFieldAt } from '../../machinery/json.ts';
import { renderTable } from '../../machinery/table/render.ts';
import { scaleOf, withScale } from '../../machinery/scale.ts';
import type { ApiResponse } from '../http/message.ts';
import { headerOf } from '../http/message.ts';
import { mediaType } from '../negotiation/decode-body.ts';
import { encodeAnswer, representationOf } from '../negotiation/encode.ts';
import { includeObjectOf } from '../negotiation/represent.ts';
import type { ApiObject } from '../registry/api-object.ts';
import { written } from '../registry/create.ts';
import { groupVersion } from '../registry/kind-registry.ts';
import { currentOf, updateObject } from '../registry/update.ts';
import { applyType, readConfiguration } from './apply-body.ts';
import { applyToObject } from './apply.ts';
import type { Call } from './call.ts';
import { writeOf } from './call.ts';
import { patched, readPatch } from './patch.ts';
import { readOther } from './read-body-of.ts';
import { checkIdentity } from './update.ts';

const scaleKind = { schema: Scale, apiVersion: 'autoscaling/v1', kind: 'Scale' };

const shown = (object: ApiObject, paths: ScalePaths): object => scaleOf(object as unknown as KubeObject, paths);

function checkScale(scale: ApiObject): void {
  const { replicas = 0 } = (scale['spec'] ?? {}) as { readonly replicas?: number | null };
  if ((replicas ?? 0) >= 0) return;
  const error = invalidField('spec.replicas', replicas, 'must be greater than or equal to 0');
  throw invalidObject('autoscaling', 'Scale', scale.metadata.name ?? '', [error]);
}

const columns = [
  nameColumn<KubeScale>(),
  countColumn<KubeScale>('Desired', ({ spec }) => spec.replicas),
  countColumn<KubeScale>('Available', ({ status }) => status.replicas),
  ageColumn<KubeScale>(),
];

function answerScale(call: Call, scale: object): Promise<ApiResponse> {
  const { request, info, warnings } = call;
  const representation = representationOf(request);
  const { format } = representation;
  if (representation.as === 'Table') {
    const options = { includeObject: includeObjectOf(info.query), now: Date.now() };
    const table = renderTable({ columns }, [scale], { ...options, metaVersion: representation.metaVersion });
    return encodeAnswer(request, info.query, {
      status: 200,
      parts: [Buffer.from(JSON.stringify(table))],
      format,
      warnings,
    });
  }
  return encodeAnswer(request, info.query, {
    status: 200,
    parts: [Buffer.from(JSON.stringify(scale))],
    format,
    warnings,
  });
}

async function writeScale(
  call: Call,
  paths: ScalePaths,
  ask: (current: ApiObject) => ApiObject,
  once: boolean,
): Promise<ApiResponse> {
  const write = writeOf(call);
  const change = (current: ApiObject): ApiObject => {
    const scale = ask(current);
    checkScale(scale);
    checkIdentity(write, scale, current);
    return withScale(current, scale, paths);
  };
  const { object } = await updateObject(call.core, write, { change, once });
  return answerScale(call, shown(object, paths));
}

/** Who applies a Scale owns the number of replicas of the object itself. */
async function applyScale(call: Call, paths: ScalePaths): Promise<ApiResponse> {
  const { kind, info } = call;
  const scale = await readConfiguration(call, scaleKind);
  const { name = info.name, resourceVersion, uid } = scale.metadata;
  const identity = { apiVersion: groupVersion(kind), kind: kind.kind, metadata: { name, resourceVersion, uid } };
  const replicas = fieldAt(scale, ['spec', 'replicas']);
  const configuration = replicas === undefined ? identity : withFieldAt(identity, paths.specReplicas, replicas);
  checkScale(scale);
  const { written: result } = await applyToObject(call, configuration, {});
  return answerScale(call, shown(result.object, paths));
}

/** GET, PUT and PATCH of `/scale`. */
export async function handleScale(call: Call, paths: ScalePaths): Promise<ApiResponse> {
  const { core, info, kind } = call;
  switch (info.verb) {
    case 'get': {
      const write = writeOf(call, { dryRun: false });
      return answerScale(call, shown((await written(core, { kind }, await currentOf(core, write))).object, paths));
    }
    case 'update': {
      const scale = await readOther(call, scaleKind);
      return writeScale(call, paths, () => scale, (scale.metadata.resourceVersion ?? '') !== '');
    }
    default: {
      if (mediaType(headerOf(call.request, 'content-type')) === applyType) return applyScale(call, paths);
      const patch = await readPatch(call, scaleKind);
      return writeScale(
        call,
        paths,
        (current) => patched(patch, shown(current, paths), call.warnings) as unknown as ApiObject,
        false,
      );
    }
  }
}
