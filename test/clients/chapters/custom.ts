import type { Chapter } from '../chapter.ts';

const definition = `
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: { name: gadgets.{client}.example.com }
spec:
  group: "{client}.example.com"
  names: { kind: Gadget, plural: gadgets, singular: gadget, shortNames: [gd{client}] }
  scope: Namespaced
  versions:
    - name: v1
      served: true
      storage: true
      subresources:
        status: {}
        scale: { specReplicasPath: .spec.size, statusReplicasPath: .status.size }
      selectableFields: [{ jsonPath: .spec.colour }]
      additionalPrinterColumns:
        - { name: Colour, type: string, jsonPath: .spec.colour }
        - { name: Size, type: integer, jsonPath: .spec.size, priority: 1 }
        - { name: Age, type: date, jsonPath: .metadata.creationTimestamp }
      schema:
        openAPIV3Schema:
          type: object
          description: Gadget is a thing of a test.
          required: [spec]
          properties:
            spec:
              type: object
              description: What is wanted.
              required: [colour]
              properties:
                colour: { type: string, enum: [red, blue], description: Colour of it. }
                size: { type: integer, minimum: 1, default: 1 }
                tags: { type: array, items: { type: string }, x-kubernetes-list-type: set }
            status: { type: object, properties: { size: { type: integer } } }
`;

const gadget = (spec: string, name = 'a'): string =>
  `apiVersion: "{client}.example.com/v1"\nkind: Gadget\nmetadata: { name: ${name} }\nspec: ${spec}\n`;
const kind = 'gadget.{client}.example.com';

/** A kind that a client defines. */
export const custom: Chapter = {
  name: 'custom',
  steps: [
    {
      run: 'apply -f -',
      input: definition,
      prints: 'customresourcedefinition.apiextensions.k8s.io/gadgets.{client}.example.com created',
    },
    {
      run: 'wait crd/gadgets.{client}.example.com --for=condition=Established --timeout=10s',
      prints: 'customresourcedefinition.apiextensions.k8s.io/gadgets.{client}.example.com condition met',
    },
    { run: 'get crd gadgets.{client}.example.com', prints: 'NAME  CREATED AT\ngadgets.{client}.example.com  {time}' },
    {
      run: 'api-resources --api-group={client}.example.com',
      prints:
        'NAME  SHORTNAMES  APIVERSION  NAMESPACED  KIND\ngadgets  gd{client}  {client}.example.com/v1  true  Gadget',
    },
    { run: 'get gadgets.{client}.example.com', says: 'No resources found in {ns} namespace.' },
    { run: 'apply -f -', input: gadget('{ colour: blue, tags: [x] }'), prints: `${kind}/a created` },
    { run: 'apply -f -', input: gadget('{ colour: blue, tags: [x] }'), prints: `${kind}/a unchanged` },
    { run: 'apply -f -', input: gadget('{ colour: red, tags: [x] }'), prints: `${kind}/a configured` },
    { run: 'get gd{client}', prints: 'NAME  COLOUR  AGE\na  red  {age}' },
    { run: 'get gd{client} a -o wide', prints: 'NAME  COLOUR  SIZE  AGE\na  red  1  {age}' },
    { run: 'get gd{client} -o jsonpath={.items[0].spec}', prints: '{"colour":"red","size":1,"tags":["x"]}' },
    { run: 'get gd{client} --field-selector=spec.colour=red -o name', prints: `${kind}/a` },
    { run: 'get gd{client} --field-selector=spec.colour=blue', says: 'No resources found in {ns} namespace.' },
    {
      run: 'apply -f -',
      input: gadget('{ colour: green }', 'b'),
      exits: 1,
      says: 'The Gadget "b" is invalid: spec.colour: Unsupported value: "green": supported values: "red", "blue"',
    },
    {
      run: 'apply -f -',
      input: gadget('{ size: 0 }', 'b'),
      exits: 1,
      says: `
The Gadget "b" is invalid:
* spec.colour: Required value
* spec.size: Invalid value: 0: spec.size in body should be greater than or equal to 1`,
    },
    {
      run: 'create -f -',
      input: gadget('{ colour: blue, other: 1 }', 'b'),
      exits: 1,
      says: /^Error from server \(BadRequest\): error when creating "STDIN": Gadget in version "v1" cannot be handled as a Gadget: strict decoding error: unknown field "spec\.other"$/,
    },
    { run: 'apply --server-side -f -', input: gadget('{ colour: blue }', 'c'), prints: `${kind}/c serverside-applied` },
    {
      run: 'apply --server-side --field-manager=other -f -',
      input: gadget('{ colour: red }', 'c'),
      exits: 1,
      says: /^error: Apply failed with 1 conflict: conflict with "kubectl": \.spec\.colour\n/,
    },
    { run: ['patch', 'gd{client}', 'a', '--type=merge', '-p', '{"spec":{"size":2}}'], prints: `${kind}/a patched` },
    {
      run: ['patch', 'gd{client}', 'a', '-p', '{"spec":{"size":2}}'],
      exits: 1,
      says: 'error: application/strategic-merge-patch+json is not supported by {client}.example.com/v1, Kind=Gadget: the body of the request was in an unknown format - accepted media types include: application/json-patch+json, application/merge-patch+json, application/apply-patch+yaml',
    },
    {
      run: ['patch', 'gd{client}', 'a', '--subresource=status', '--type=merge', '-p', '{"status":{"size":2}}'],
      prints: `${kind}/a patched`,
    },
    { run: 'scale gd{client}/a --replicas=3', prints: `${kind}/a scaled` },
    { run: 'get gd{client} a -o jsonpath={.spec.size}/{.status.size}', prints: '3/2' },
    { run: 'label gd{client} a x=y', prints: `${kind}/a labeled` },
    { run: 'edit gd{client} a', env: { KUBE_EDITOR: 'sed -i s/red/blue/' }, prints: `${kind}/a edited` },
    {
      run: 'explain gd{client}.spec.colour',
      eventually: true,
      prints:
        /^GROUP: {2}[\w.]+\nKIND: {2}Gadget\nVERSION: {2}v1\n\nFIELD: colour <string>\n(ENUM:\n {2}red\n {2}blue\n)?\n?DESCRIPTION:\n {2}Colour of it\.$/,
    },
    {
      run: 'describe gd{client} a',
      prints: `
Name:  a
Namespace:  {ns}
Labels:  x=y
Annotations:  <none>
API Version:  {client}.example.com/v1
Kind:  Gadget
Metadata:
  Creation Timestamp:  {time}
  Generation:  {number}
  Resource Version:  {number}
  UID:  {uid}
Spec:
  Colour:  blue
  Size:  3
  Tags:
  x
Status:
  Size:  2
Events:  <none>`,
    },
    {
      run: 'get gadgets.{client}.example.com --watch',
      ready: /\nc /,
      whilst: [{ run: 'delete gd{client} c', prints: /deleted/ }],
      prints: 'NAME  COLOUR  AGE\na  blue  {age}\nc  blue  {age}\nc  blue  {age}',
    },
    { run: 'auth can-i list gadgets.{client}.example.com', prints: 'yes' },
    {
      run: 'delete crd gadgets.{client}.example.com',
      says: /^/,
      prints: 'customresourcedefinition.apiextensions.k8s.io "gadgets.{client}.example.com" deleted',
    },
    {
      run: 'get gadgets.{client}.example.com',
      exits: 1,
      says: /^error: the server doesn't have a resource type "gadgets"$|^Error from server \(NotFound\): Unable to list "\w+\.example\.com\/v1, Resource=gadgets": the server could not find the requested resource/,
    },
  ],
};
