import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { JSONSchemaProps } from '../../api/apiextensions/json-schema-props.schema.ts';
import { compileRules } from './rules.ts';

const text: JSONSchemaProps = { type: 'string' };
const spec: Readonly<Record<string, JSONSchemaProps>> = {
  replicas: { type: 'integer' },
  ratio: { type: 'number' },
  name: text,
  namespace: text,
  'dash-ed': text,
  constructor: text,
  tags: { type: 'array', items: text },
  counts: { type: 'array', items: { type: 'integer' } },
  labels: { type: 'object', additionalProperties: text },
  ports: {
    type: 'array',
    'x-kubernetes-list-type': 'map',
    'x-kubernetes-list-map-keys': ['name'],
    items: { type: 'object', properties: { name: text, port: { type: 'integer' }, host: text } },
  },
  limit: { 'x-kubernetes-int-or-string': true },
  when: { type: 'string', format: 'date-time' },
  every: { type: 'string', format: 'duration' },
  maybe: { type: 'string', nullable: true },
};
const object = {
  apiVersion: 'v1',
  kind: 'Thing',
  metadata: { name: 'thing', labels: { a: 'b' } },
  spec: {
    replicas: 3,
    ratio: 2,
    name: 'web-1',
    namespace: 'one',
    'dash-ed': 'two',
    constructor: 'three',
    tags: ['a', 'b'],
    counts: [1, 2, 3],
    labels: { tier: 'Front', __proto__x: 'y' },
    ports: [
      { name: 'http', port: 80 },
      { name: 'dns', port: 53, host: 'a' },
    ],
    limit: '100Mi',
    when: '2026-01-02T03:04:05Z',
    every: '1h30m',
    maybe: null,
  },
};

function schemaWith(rule: string, more: object = {}): JSONSchemaProps {
  return {
    type: 'object',
    properties: { spec: { type: 'object', properties: spec } },
    'x-kubernetes-validations': [{ rule, ...more }],
  };
}

function outcome(rule: string, value: unknown = object, old?: unknown): string {
  const { rules, errors } = compileRules(schemaWith(rule));
  const [fault] = [...errors, ...(rules?.validate(value, old) ?? [])];
  return fault === undefined ? 'passes' : fault.message;
}

describe('rules that pass', () => {
  const cases = [
    'self.spec.replicas <= 3',
    'self.spec.replicas < 3.5 && self.spec.ratio == 2.0',
    'self.metadata.name.startsWith("thing") && self.kind == "Thing"',
    'self.spec.__namespace__ == "one" && self.spec.dash__dash__ed == "two" && self.spec.constructor == "three"',
    'has(self.spec.name) && !has(self.status)'.replace('self.status', 'self.spec.ports[0].host'),
    'self.spec.ports.all(p, p.port > 0) && self.spec.ports.exists(p, has(p.host)) && self.spec.ports.exists_one(p, p.port == 53)',
    'self.spec.labels.all(k, self.spec.labels[k] != "") && "tier" in self.spec.labels',
    'self.spec.tags.map(t, t + "!") == ["a!", "b!"] && self.spec.tags.filter(t, t == "a").size() == 1',
    'self.spec.counts.isSorted() && self.spec.counts.sum() == 6 && self.spec.counts.min() == 1 && self.spec.counts.max() == 3',
    'self.spec.counts.indexOf(2) == 1 && self.spec.tags.join(",") == "a,b"',
    'self.spec.labels["tier"].lowerAscii() == "front" && self.spec.name.replace("web", "db") == "db-1"',
    'self.spec.name.matches("^[a-z]+-[[:digit:]]$") && matches(self.spec.name, "web") && self.spec.name.find("[0-9]+") == "1"',
    '"a1b22".findAll("[0-9]+") == ["1", "22"] && "a-b-c".split("-", 2) == ["a", "b-c"]',
    'quantity(string(self.spec.limit)).isGreaterThan(quantity("1Mi")) && isQuantity("5k") && quantity("1").add(2).compareTo(quantity("3")) == 0',
    'type(self.spec.limit) == string && self.spec.limit == "100Mi"',
    'self.spec.when < timestamp("2027-01-01T00:00:00Z") && self.spec.when.getFullYear() == 2026',
    'self.spec.every > duration("1h") && self.spec.every == duration("90m")',
    'self.spec.maybe == null',
    'self.?spec.?name.orValue("none") == "web-1" && !self.spec.ports[0].?host.hasValue()',
    'self.spec.labels[?"none"].orValue("x") == "x" && optional.of(1).optMap(v, v + 1).value() == 2',
    'cel.bind(s, self.spec, s.replicas == 3 && s == self.spec)',
    'isIP("10.0.0.1") && ip("10.0.0.1").family() == 4 && cidr("10.0.0.0/8").containsIP("10.2.3.4") && !isCIDR("x")',
    'url("https://example.com:80/a?b=c").getHost() == "example.com:80" && isURL("/path")',
    '"%s has %d".format([self.spec.name, self.spec.replicas]) == "web-1 has 3"',
    'sets.contains(["a", "b", "c"], self.spec.tags) && [1, 2].exists(x, x in self.spec.counts)',
    'self.spec.ports == self.spec.ports && self.spec.ports[0] != self.spec.ports[1] && self.spec.ports[0] in self.spec.ports',
    '"😀".size() == 1 && "äÖ".upperAscii() == "äÖ"',
    'self.spec.replicas > 0 ? true : self.spec.name.size() > 100',
    'self.spec.ports.exists(p, p.host == "a")',
  ];
  for (const rule of cases) test(rule, () => assert.equal(outcome(rule), 'passes'));
});

describe('rules that do not compile', () => {
  const cases: Readonly<Record<string, RegExp>> = {
    'self.spec.nope == 1':
      /compilation failed: ERROR: <input>:1:11: No such key: nope\n \| self\.spec\.nope == 1\n \| \.{10}\^$/,
    'has(self.spec.nope)': /compilation failed: .*nope/,
    'self.spec.name + 1': /compilation failed: .*no such overload: string \+ int/,
    'self.spec.name': /cel expression must evaluate to a bool/,
    'self.spec.': /compilation failed/,
    'self.spec.name.nope()': /compilation failed: .*nope/,
    'self.metadata.labels == {}': /compilation failed: .*labels/,
    'other == 1': /compilation failed: .*other/,
  };
  for (const [rule, expected] of Object.entries(cases)) test(rule, () => assert.match(outcome(rule), expected));
});

describe('rules that fail', () => {
  const cases: Readonly<Record<string, string>> = {
    'self.spec.replicas > 5': 'Invalid value: "object": failed rule: self.spec.replicas > 5',
    'self.spec.counts[7] == 1':
      'Invalid value: "object": no such key: index out of bounds, index 7 >= size 3 evaluating rule: self.spec.counts[7] == 1',
    '1 / (self.spec.replicas - 3) == 1':
      'Invalid value: "object": division by zero evaluating rule: 1 / (self.spec.replicas - 3) == 1',
  };
  for (const [rule, expected] of Object.entries(cases)) test(rule, () => assert.equal(outcome(rule), expected));

  test('with a message, an expression for one, a reason and a path', () => {
    const validate = (more: object) => {
      const { rules, errors } = compileRules(schemaWith('self.spec.replicas > 5', more));
      return [...errors, ...(rules?.validate(object) ?? [])];
    };
    assert.deepEqual(validate({ message: 'too few', fieldPath: '.spec.replicas', reason: 'FieldValueForbidden' }), [
      { type: 'FieldValueForbidden', field: 'spec.replicas', message: 'Forbidden: too few' },
    ]);
    const [said] = validate({ messageExpression: '"only " + string(self.spec.replicas)', message: 'too few' });
    assert.equal(said?.message, 'Invalid value: "object": only 3');
    const [usual] = validate({ messageExpression: 'self.spec.counts[9] == 1 ? "a" : "b"', message: 'too few' });
    assert.equal(usual?.message, 'Invalid value: "object": too few');
    assert.equal(
      validate({ fieldPath: '.spec.nope' })[0]?.message,
      'Invalid value: ".spec.nope": fieldPath must be a valid path',
    );
  });
});

describe('transition rules', () => {
  const immutable = 'self.spec.ports == oldSelf.spec.ports';
  const changed = { ...object, spec: { ...object.spec, ports: [] } };

  test('run for changes alone', () => {
    assert.equal(outcome(immutable), 'passes');
    assert.equal(outcome(immutable, object, object), 'passes');
    assert.match(outcome(immutable, changed, object), /failed rule/);
  });

  test('with an optional oldSelf run for new objects, too', () => {
    const rule = 'oldSelf.hasValue() && self.spec.replicas >= oldSelf.value().spec.replicas';
    const { rules, errors } = compileRules(schemaWith(rule, { optionalOldSelf: true }));
    assert.deepEqual(errors, []);
    assert.equal(rules?.validate(object).length, 1);
    assert.equal(rules?.validate(object, object).length, 0);
  });

  const item = (rule: string, listType: string): JSONSchemaProps => ({
    type: 'array',
    'x-kubernetes-list-type': listType,
    'x-kubernetes-list-map-keys': ['name'],
    items: {
      type: 'object',
      properties: { name: text, port: { type: 'integer' } },
      'x-kubernetes-validations': [{ rule }],
    },
  });

  test('find the old item by its keys', () => {
    const { rules } = compileRules(item('self.port == oldSelf.port', 'map'));
    const [a, b] = [
      { name: 'a', port: 1 },
      { name: 'b', port: 2 },
    ];
    assert.deepEqual(rules?.validate([b, a], [a, b]), []);
    assert.equal(rules?.validate([b, { ...a, port: 9 }], [a, b])[0]?.field, '[1]');
  });

  test('are refused where no old item can be found', () => {
    const { errors } = compileRules(item('self.port == oldSelf.port', 'atomic'), 'x');
    assert.match(
      errors[0]?.message ?? '',
      /oldSelf cannot be used on the uncorrelatable portion of the schema within x.items/,
    );
  });

  test('what has not changed may break a rule that came later', () => {
    const rule = 'self.spec.replicas > 5';
    assert.equal(outcome(rule, object, object), 'passes');
    assert.match(outcome(rule, changed, object), /failed rule/);
  });
});

describe('cost', () => {
  const long = { spec: { counts: Array.from({ length: 2000 }, (_, index) => index), tags: ['a'.repeat(3000)] } };
  const cases: Readonly<Record<string, string>> = {
    'loops in loops': 'self.spec.counts.all(a, self.spec.counts.all(b, self.spec.counts.all(c, a + b + c >= 0)))',
    'errors in loops':
      'self.spec.counts.exists(a, self.spec.counts.exists(b, self.spec.counts.exists(c, c / 0 == 1) || false))',
    'doubled texts':
      'cel.bind(a, "x", '.repeat(1) +
      'cel.bind(b, self.spec.tags[0] + self.spec.tags[0], '.concat(
        'cel.bind(b, b + b, '.repeat(60),
        'b == a',
        ')'.repeat(62),
      ),
    'replaced texts': `self.spec.tags[0]${'.replace("a", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa")'.repeat(8)} == ""`,
    'doubled lists': 'cel.bind(b, self.spec.counts, '.concat(
      'cel.bind(b, b + b, '.repeat(40),
      'b.size() > 0',
      ')'.repeat(41),
    ),
  };
  for (const [name, rule] of Object.entries(cases)) {
    test(name, () => {
      const started = performance.now();
      assert.match(outcome(rule, long), /cost limit exceeded|no further validation rules/);
      assert.ok(performance.now() - started < 2000, `took ${performance.now() - started} ms`);
    });
  }
});
