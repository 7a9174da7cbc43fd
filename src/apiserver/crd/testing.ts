import type { JSONSchemaProps } from '../../api/apiextensions/json-schema-props.schema.ts';

/** A definition of `crontabs.example.com` for tests; `spec` is the schema of the spec of its objects. */
export function cronTabs(spec: JSONSchemaProps, more: { version?: object; names?: object; spec?: object } = {}) {
  const status: JSONSchemaProps = { type: 'object', properties: { replicas: { type: 'integer' } } };
  const names = { plural: 'crontabs', kind: 'CronTab', shortNames: ['ct'], ...more.names };
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `${names.plural}.example.com` },
    spec: {
      group: 'example.com',
      scope: 'Namespaced',
      names,
      versions: [
        {
          name: 'v1',
          served: true,
          storage: true,
          schema: { openAPIV3Schema: { type: 'object', properties: { spec, status } } },
          ...more.version,
        },
      ],
      ...more.spec,
    },
  };
}

/** An object of that kind. */
export function cronTab(name: string, spec: object, more: object = {}) {
  return { apiVersion: 'example.com/v1', kind: 'CronTab', metadata: { name, ...more }, spec };
}
