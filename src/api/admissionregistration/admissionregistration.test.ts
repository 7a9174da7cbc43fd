import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { cellsOf, faultsOf, made } from '../testing/judge.ts';
import { mutatingAdmissionPolicyKind } from './mutating-admission-policy.ts';
import { mutatingWebhookConfigurationKind } from './mutating-webhook-configuration.ts';
import { validatingAdmissionPolicyBindingKind } from './validating-admission-policy-binding.ts';
import { validatingAdmissionPolicyKind } from './validating-admission-policy.ts';
import { validatingWebhookConfigurationKind } from './validating-webhook-configuration.ts';

const rule = { operations: ['CREATE'], apiGroups: [''], apiVersions: ['v1'], resources: ['pods'] };
const usual = {
  name: 'check.example.com',
  clientConfig: { service: { namespace: 'default', name: 'check' } },
  rules: [rule],
  sideEffects: 'None',
  admissionReviewVersions: ['v1'],
};

it('a webhook gets what it leaves out', () => {
  const { webhooks } = made(mutatingWebhookConfigurationKind, { webhooks: [usual] });
  assert.deepEqual(webhooks?.[0], {
    ...usual,
    failurePolicy: 'Fail',
    matchPolicy: 'Equivalent',
    namespaceSelector: {},
    objectSelector: {},
    timeoutSeconds: 10,
    reinvocationPolicy: 'Never',
    rules: [{ ...rule, scope: '*' }],
    clientConfig: { service: { namespace: 'default', name: 'check', port: 443 } },
  });
});

describe('the faults of webhooks', () => {
  const form = '; desired format: https://host[/path]';
  const at = 'webhooks[0]';
  const url = (text: string) => ({ clientConfig: { url: text } });
  const resources = (...names: string[]) => ({ rules: [{ ...rule, resources: names }] });
  const cases: Record<string, readonly [object, ...faults: string[]]> = {
    none: [{}],
    'a short name': [
      { name: 'check' },
      `${at}.name: Invalid value: "check": should be a domain with at least three segments separated by dots`,
    ],
    'nobody to ask': [
      { clientConfig: {} },
      `${at}.clientConfig: Required value: exactly one of url or service is required`,
    ],
    'an open line': [
      url('http://example.com'),
      `${at}.clientConfig.url: Invalid value: "http": 'https' is the only allowed URL scheme${form}`,
    ],
    'more than a place': [
      url('https://me@example.com/a?b=c#d'),
      `${at}.clientConfig.url: Invalid value: "me": user information is not permitted in the URL`,
      `${at}.clientConfig.url: Invalid value: "d": fragments are not permitted in the URL`,
      `${at}.clientConfig.url: Invalid value: "b=c": query parameters are not permitted in the URL`,
    ],
    'a path with holes': [
      { clientConfig: { service: { namespace: 'a', name: 'b', path: 'x/a//b' } } },
      `${at}.clientConfig.service.path: Invalid value: "x/a//b": must start with a '/'`,
      `${at}.clientConfig.service.path: Invalid value: "x/a//b": segment[0] may not be empty`,
      `${at}.clientConfig.service.path: Invalid value: "x/a//b": segment[2] may not be empty`,
    ],
    'effects on the side': [
      { sideEffects: 'Some' },
      `${at}.sideEffects: Unsupported value: "Some": supported values: "None", "NoneOnDryRun"`,
    ],
    'a long wait': [
      { timeoutSeconds: 31 },
      `${at}.timeoutSeconds: Invalid value: 31: the timeout value must be between 1 and 30 seconds`,
    ],
    'no version known here': [
      { admissionReviewVersions: ['v2', 'v2'] },
      `${at}.admissionReviewVersions[1]: Invalid value: "v2": duplicate version`,
      `${at}.admissionReviewVersions: Invalid value: ["v2","v2"]: must include at least one of v1, v1beta1`,
    ],
    'operations beside all': [
      { rules: [{ ...rule, operations: ['*', 'CREATE'] }] },
      `${at}.rules[0].operations: Invalid value: ["*","CREATE"]: if '*' is present, must not specify other operations`,
    ],
    'resources beside all': [
      resources('*', 'pods'),
      `${at}.rules[0].resources: Invalid value: ["*","pods"]: if '*' is present, must not specify other resources without subresources`,
    ],
    'resources that others cover': [
      resources('pods/*', 'pods/log', '*/scale', 'deployments/scale'),
      `${at}.rules[0].resources[1]: Invalid value: "pods/log": if 'pods/*' is present, must not specify pods/log`,
      `${at}.rules[0].resources[3]: Invalid value: "deployments/scale": if '*/scale' is present, must not specify deployments/scale`,
    ],
    'a condition without a name': [
      { matchConditions: [{ name: '', expression: ' ' }] },
      `${at}.matchConditions[0].expression: Required value`,
      `${at}.matchConditions[0].name: Required value`,
    ],
  };
  for (const [name, [more, ...faults]] of Object.entries(cases)) {
    it(name, () => {
      const object = made(validatingWebhookConfigurationKind, { webhooks: [{ ...usual, ...more }] });
      assert.deepEqual(faultsOf(validatingWebhookConfigurationKind, object), faults);
    });
  }
  it('two of a name', () => {
    const object = made(validatingWebhookConfigurationKind, { webhooks: [usual, usual] });
    assert.deepEqual(faultsOf(validatingWebhookConfigurationKind, object), [
      'webhooks[1].name: Duplicate value: "check.example.com"',
    ]);
    assert.deepEqual(cellsOf(validatingWebhookConfigurationKind, object), { Name: 'test', Webhooks: 2, Age: '5m' });
  });
});

describe('the faults of a ValidatingAdmissionPolicy', () => {
  const spec = { matchConstraints: { resourceRules: [rule] }, validations: [{ expression: 'true' }] };
  const key = 'spec.auditAnnotations[0].key';
  const cases: Record<string, readonly [object, ...faults: string[]]> = {
    none: [{}],
    'nothing to be about': [{ matchConstraints: undefined }, 'spec.matchConstraints: Required value'],
    'nothing to say': [
      { validations: [] },
      'spec.validations: Required value: validations or auditAnnotations must contain at least one item',
      'spec.auditAnnotations: Required value: validations or auditAnnotations must contain at least one item',
    ],
    'words on two lines': [
      { validations: [{ expression: '', message: 'a\nb', reason: 'Because' }] },
      'spec.validations[0].expression: Required value: expression is not specified',
      'spec.validations[0].message: Invalid value: "a\\nb": message must not contain line breaks',
      'spec.validations[0].reason: Unsupported value: "Because": supported values: "Forbidden", "Invalid", "RequestEntityTooLarge"',
    ],
    'parameters of no kind': [
      { paramKind: { apiVersion: 'a/b/c' } },
      'spec.paramKind.apiVersion: Invalid value: "a/b/c": unexpected GroupVersion string: a/b/c',
      'spec.paramKind.kind: Required value',
    ],
    'a variable named like a word of the language': [
      { variables: [{ name: 'for', expression: '1' }] },
      'spec.variables[0].name: Invalid value: "for": name is not a valid CEL identifier',
    ],
    'a key of two parts': [
      { auditAnnotations: [{ key: 'a/b', valueExpression: '"x"' }] },
      `${key}: Invalid value: "test/a/b": a qualified name must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]') with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')`,
    ],
  };
  for (const [name, [more, ...faults]] of Object.entries(cases)) {
    it(name, () => {
      const object = made(validatingAdmissionPolicyKind, { spec: { ...spec, ...more } });
      assert.deepEqual(faultsOf(validatingAdmissionPolicyKind, object), faults);
    });
  }
  it('is shown by its parameters', () => {
    const paramKind = { apiVersion: 'example.com/v1', kind: 'Limit' };
    const object = made(validatingAdmissionPolicyKind, { spec: { ...spec, paramKind } });
    const cells = cellsOf(validatingAdmissionPolicyKind, object);
    assert.deepEqual([cells['Validations'], cells['ParamKind']], [1, 'example.com/v1/Limit']);
  });
});

it('a MutatingAdmissionPolicy has the patch of its type, and nothing to do with deletion', () => {
  const object = made(mutatingAdmissionPolicyKind, {
    spec: {
      matchConstraints: { resourceRules: [{ ...rule, operations: ['DELETE'] }] },
      mutations: [{ patchType: 'JSONPatch', applyConfiguration: { expression: 'Object{}' } }],
    },
  });
  assert.deepEqual(faultsOf(mutatingAdmissionPolicyKind, object), [
    'spec.matchConstraints.resourceRules[0].operations[0]: Unsupported value: "DELETE": supported values: "CONNECT", "CREATE", "UPDATE"',
    'spec.mutations[0].applyConfiguration: Invalid value: "{applyConfiguration}": must not be specified when patchType is JSONPatch',
    'spec.mutations[0].jsonPatch: Required value: must be specified when patchType is JSONPatch',
    'spec.reinvocationPolicy: Required value',
  ]);
});

it('a binding names a policy, one set of parameters, and what comes of it', () => {
  const binding = (spec: object) => made(validatingAdmissionPolicyBindingKind, { spec });
  const faulty = binding({
    policyName: '',
    paramRef: { name: 'a', selector: {} },
    validationActions: ['Deny', 'Warn'],
  });
  assert.deepEqual(faultsOf(validatingAdmissionPolicyBindingKind, faulty), [
    'spec.policyName: Required value',
    'spec.paramRef.name: Forbidden: name and selector are mutually exclusive',
    'spec.paramRef.selector: Forbidden: name and selector are mutually exclusive',
    'spec.validationActions: Invalid value: ["Deny","Warn"]: must not contain both Deny and Warn (repeating the same validation failure information in the API response and headers serves no purpose)',
  ]);
  const good = binding({ policyName: 'p', paramRef: { namespace: 'a', name: 'b' }, validationActions: ['Deny'] });
  assert.deepEqual(cellsOf(validatingAdmissionPolicyBindingKind, good), {
    Name: 'test',
    PolicyName: 'p',
    ParamRef: 'a/b',
    Age: '5m',
  });
});
