import type { CustomResourceColumnDefinition } from '../../api/apiextensions/custom-resource-definition.schema.ts';
import { ageColumn, nameColumn } from '../../api/columns.ts';
import type { Cell, Column } from '../../api/kind.ts';
import type { KubeObject } from '../../api/object.ts';
import { ageOf } from '../../api/values/duration.ts';
import { compileJsonPath } from '../../machinery/jsonpath/jsonpath.ts';

/** A value as a column of its type shows it; null, which clients show as nothing, where it has another type. */
function cellOf(type: Column<KubeObject>['type'], value: unknown, now: number): Cell {
  switch (type) {
    case 'integer':
      return typeof value === 'number' ? Math.trunc(value) : null;
    case 'number':
      return typeof value === 'number' ? value : null;
    case 'boolean':
      return typeof value === 'boolean' ? value : null;
    case 'date': {
      if (typeof value !== 'string') return null;
      return value === '' ? '<unknown>' : ageText(value, now);
    }
    case 'string':
      return typeof value === 'string' ? value : JSON.stringify(value);
  }
}

function ageText(value: string, now: number): string {
  const age = ageOf(value, now);
  return age === '<unknown>' ? '<invalid>' : age;
}

function columnOf(definition: CustomResourceColumnDefinition): Column<KubeObject> {
  const { name, description, priority = 0, jsonPath } = definition;
  const type = definition.type as Column<KubeObject>['type'];
  const find = compileJsonPath(jsonPath);
  return {
    name,
    type,
    ...(definition.format === undefined ? {} : { format: definition.format }),
    priority: priority > 0 ? 1 : 0,
    description: description ?? `Custom resource definition column (in JSONPath format): ${jsonPath}`,
    cell: (object, now) => {
      const [value] = find(object);
      return value === undefined || value === null ? null : cellOf(type, value, now);
    },
  };
}

/** The columns of a custom kind: the name and what its definition adds, or else the age. */
export function customColumns(
  definitions: readonly CustomResourceColumnDefinition[] | undefined,
): readonly Column<KubeObject>[] {
  if (definitions === undefined || definitions.length === 0) return [nameColumn(), ageColumn()];
  return [nameColumn(), ...definitions.map(columnOf)];
}
