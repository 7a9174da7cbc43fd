import type { PodTemplateSpec } from './core/pod-template-spec.schema.ts';
import type { Cell, Column } from './kind.ts';
import type { LabelSelector } from './meta/meta.schema.ts';
import type { KubeObject } from './object.ts';
import { ageOf } from './values/duration.ts';
import { formatLabelSelector } from './values/label-selector.ts';

type CellOf<T> = (object: T, now: number) => Cell;

/** The first column of every table. */
export function nameColumn<T extends KubeObject>(cell: CellOf<T> = ({ metadata }) => metadata.name): Column<T> {
  return { name: 'Name', type: 'string', format: 'name', cell };
}

/** How long ago the object was made. */
export function ageColumn<T extends KubeObject>(): Column<T> {
  return { name: 'Age', type: 'string', cell: ({ metadata }, now) => ageOf(metadata.creationTimestamp, now) };
}

/** A column of text. */
export function textColumn<T>(name: string, cell: CellOf<T>): Column<T> {
  return { name, type: 'string', cell };
}

/** A column of whole numbers; nothing counts as 0. */
export function countColumn<T>(name: string, count: (object: T) => number | undefined): Column<T> {
  return { name, type: 'integer', cell: (object) => count(object) ?? 0 };
}

/** A column of text that only `-o wide` shows. */
export function wideColumn<T>(name: string, cell: CellOf<T>): Column<T> {
  return { name, type: 'string', priority: 1, cell };
}

const joined = (values: readonly (string | undefined)[]): string => values.map((value) => value ?? '').join(',');

/** The wide columns of what makes pods from a template. */
export function templateColumns<T>(template: (object: T) => PodTemplateSpec | undefined): readonly Column<T>[] {
  const containers = (object: T) => template(object)?.spec.containers ?? [];
  return [
    wideColumn('Containers', (object) => joined(containers(object).map(({ name }) => name))),
    wideColumn('Images', (object) => joined(containers(object).map(({ image }) => image))),
  ];
}

/** The wide column that shows which pods a controller counts as its own. */
export function selectorColumn<T>(selector: (object: T) => LabelSelector | undefined): Column<T> {
  return wideColumn('Selector', (object) => formatLabelSelector(selector(object)));
}

/** The first three values of a list, and how many more there are. */
export function firstThree(values: readonly string[]): string {
  const shown = values.slice(0, 3).join(',');
  return values.length > 3 ? `${shown} + ${values.length - 3} more...` : shown;
}
