import * as fc from 'fast-check';
import { ObjectMeta } from '../../../api/meta/meta.schema.ts';
import { int32, list, listMap, mapOf, message, optional, present, setOf, string } from '../../../api/schema.ts';

const Port = message('Port', {
  port: optional(1, int32),
  protocol: optional(2, string),
  name: optional(3, string),
});
const Part = message('Part', {
  name: optional(1, string),
  image: optional(2, string),
  args: optional(3, list(string)),
  ports: optional(4, listMap(Port, ['port', 'protocol'])),
  labels: optional(5, mapOf(string)),
});
const Whole = message('Whole', { a: optional(1, string), b: optional(2, string) }, { atomic: true });
const Spec = message('Spec', {
  replicas: optional(1, int32),
  parts: optional(2, listMap(Part, ['name'])),
  names: optional(3, setOf(string)),
  order: optional(4, list(string)),
  whole: optional(5, Whole),
  labels: optional(6, mapOf(string)),
});

/** A kind with every way in which fields are owned. */
export const Specimen = message('Specimen', {
  metadata: present(1, ObjectMeta),
  spec: optional(2, Spec),
});

const text = fc.constantFrom('1', '2');
const number = fc.constantFrom(1, 2);
const labels = fc.dictionary(fc.constantFrom('x', 'y', 'z'), text, { minKeys: 1 });
type Fields = Readonly<Record<string, fc.Arbitrary<unknown>>>;
const some = (fields: Fields): fc.Arbitrary<object> => fc.record(fields, { requiredKeys: [] });
const filled = (fields: Fields): fc.Arbitrary<object> =>
  some(fields).filter((object) => Object.keys(object).length > 0);
const ports = fc.uniqueArray(
  fc.tuple(fc.constantFrom(80, 81), fc.constantFrom(undefined, 'UDP'), fc.option(text, { nil: undefined })),
  { minLength: 1, maxLength: 3, selector: ([port, protocol]) => `${port}${protocol}` },
);
const port = ([at, protocol, name]: readonly [number, string | undefined, string | undefined]): object => ({
  port: at,
  ...(protocol === undefined ? {} : { protocol }),
  ...(name === undefined ? {} : { name }),
});
const part = fc.tuple(
  fc.constantFrom('a', 'b', 'c'),
  some({
    image: text,
    args: fc.array(text, { maxLength: 2 }),
    ports: ports.map((all) => all.map(port)),
    labels,
  }),
);
const parts = fc
  .uniqueArray(part, { minLength: 1, maxLength: 3, selector: ([name]) => name })
  .map((all) => all.map(([name, rest]) => ({ name, ...rest })));

/** What somebody could apply of a Specimen. */
export const configuration: fc.Arbitrary<object> = some({
  metadata: filled({ labels, finalizers: fc.uniqueArray(text, { minLength: 1 }) }),
  spec: filled({
    replicas: number,
    parts,
    names: fc.uniqueArray(fc.constantFrom('p', 'q', 'r'), { minLength: 1 }),
    order: fc.array(text, { maxLength: 2 }),
    whole: some({ a: text, b: text }),
    labels,
  }),
}).map((object) => JSON.parse(JSON.stringify(object)) as object);

/** The same object with lists that are merged in one order, whatever order they came in. */
export function inOneOrder(value: unknown, field = ''): unknown {
  if (Array.isArray(value)) {
    const items = value.map((item: unknown) => inOneOrder(item));
    const isMerged = ['parts', 'names', 'ports', 'finalizers'].includes(field);
    return isMerged ? items.toSorted((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1)) : items;
  }
  if (typeof value !== 'object' || value === null) return value;
  const sorted = Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(sorted.map(([name, item]) => [name, inOneOrder(item, name)]));
}
