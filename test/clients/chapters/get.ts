import type { Chapter } from '../chapter.ts';

const three = ['a', 'b', 'c']
  .map(
    (name, index) =>
      `apiVersion: v1\nkind: ConfigMap\nmetadata: { name: ${name}, labels: { rank: "${3 - index}", app: x } }\n`,
  )
  .join('---\n');
const ours = '-l app=x';

/** Every form of `kubectl get`, with objects that need no pods. */
export const get: Chapter = {
  name: 'get',
  steps: [
    { run: 'apply -f -', input: three, prints: 'configmap/a created\nconfigmap/b created\nconfigmap/c created' },
    { run: `get configmaps ${ours}`, prints: 'NAME  DATA  AGE\na  0  {age}\nb  0  {age}\nc  0  {age}' },
    { run: `get cm ${ours} --no-headers`, prints: 'a  0  {age}\nb  0  {age}\nc  0  {age}' },
    { run: `get cm ${ours} -o name`, prints: 'configmap/a\nconfigmap/b\nconfigmap/c' },
    { run: `get cm ${ours} --chunk-size=1 -o name`, prints: 'configmap/a\nconfigmap/b\nconfigmap/c' },
    {
      run: `get cm ${ours} --sort-by=.metadata.labels.rank`,
      prints: 'NAME  DATA  AGE\nc  0  {age}\nb  0  {age}\na  0  {age}',
    },
    {
      run: `get cm ${ours} --show-labels`,
      prints:
        'NAME  DATA  AGE  LABELS\na  0  {age}  app=x,rank=3\nb  0  {age}  app=x,rank=2\nc  0  {age}  app=x,rank=1',
    },
    { run: `get cm ${ours} -L rank`, prints: 'NAME  DATA  AGE  RANK\na  0  {age}  3\nb  0  {age}  2\nc  0  {age}  1' },
    {
      run: `get cm ${ours} --label-columns=rank --show-kind`,
      prints: 'NAME  DATA  AGE  RANK\nconfigmap/a  0  {age}  3\nconfigmap/b  0  {age}  2\nconfigmap/c  0  {age}  1',
    },
    { run: ['get', 'cm', '-l', 'rank in (1,2),app', '-o', 'name'], prints: 'configmap/b\nconfigmap/c' },
    { run: ['get', 'cm', '-l', 'rank!=1,app=x', '-o', 'name'], prints: 'configmap/a\nconfigmap/b' },
    {
      run: ['get', 'cm', '-l', 'n=(', '-o', 'name'],
      exits: 1,
      says: /^(Error from server \(BadRequest\)|error): (Unable|unable) to (find "\/v1, Resource=configmaps" that match label selector "n=\(", field selector "": )?/,
    },
    { run: 'get cm --field-selector=metadata.name=b -o name', prints: 'configmap/b' },
    { run: 'get cm --field-selector=metadata.name!=b -l app=x -o name', prints: 'configmap/a\nconfigmap/c' },
    {
      run: 'get cm --field-selector=data.a=1',
      exits: 1,
      says: 'Error from server (BadRequest): Unable to find "/v1, Resource=configmaps" that match label selector "", field selector "data.a=1": "data.a" is not a known field selector: only "metadata.name", "metadata.namespace"',
    },
    { run: 'get cm a b -o jsonpath={.items[*].metadata.name}', prints: 'a b' },
    {
      run: [
        'get',
        'cm',
        '-l',
        'app=x',
        '-o',
        'jsonpath={range .items[?(@.metadata.labels.rank!="2")]}{.metadata.name}{"\\n"}{end}',
      ],
      prints: 'a\nc',
    },
    { run: ['get', 'cm', 'a', '-o', 'go-template={{.metadata.name}} {{.kind}}'], prints: 'a ConfigMap' },
    {
      run: `get cm ${ours} -o custom-columns=NAME:.metadata.name,N:.metadata.labels.rank`,
      prints: 'NAME  N\na  3\nb  2\nc  1',
    },
    {
      run: 'get cm a -o yaml',
      prints: `
apiVersion: v1
kind: ConfigMap
metadata:
  annotations:
    kubectl.kubernetes.io/last-applied-configuration: |
      {"apiVersion":"v1","kind":"ConfigMap","metadata":{"annotations":{},"labels":{"app":"x","rank":"3"},"name":"a","namespace":"{ns}"}}
  creationTimestamp: "{time}"
  labels:
    app: x
    rank: "3"
  name: a
  namespace: {ns}
  resourceVersion: "{number}"
  uid: {uid}`,
    },
    { run: 'get cm a -o json', prints: /^\{\n {2}"apiVersion": "v1",\n {2}"kind": "ConfigMap",\n {2}"metadata": \{\n/ },
    {
      run: `get cm ${ours} -o yaml`,
      prints: 'apiVersion: v1\nitems:\n{lines}kind: List\nmetadata:\n  resourceVersion: ""',
    },
    {
      run: 'get cm a --show-managed-fields -o jsonpath={.metadata.managedFields[0].manager}/{.metadata.managedFields[0].operation}',
      prints: 'kubectl-client-side-apply/Update',
    },
    { run: 'get configmap a --output-watch-events=false --ignore-not-found -o name', prints: 'configmap/a' },
    { run: 'get configmap absent', exits: 1, says: 'Error from server (NotFound): configmaps "absent" not found' },
    { run: 'get configmap absent --ignore-not-found', prints: '' },
    { run: 'get things', exits: 1, says: 'error: the server doesn\'t have a resource type "things"' },
    { run: 'get configmaps.v1.apps', exits: 1, says: 'error: the server doesn\'t have a resource type "configmaps"' },
    { run: 'get deployments.v1.apps', says: 'No resources found in {ns} namespace.' },
    { run: 'get deploy,svc', says: 'No resources found in {ns} namespace.' },
    { run: 'get all', says: 'No resources found in {ns} namespace.' },
    {
      run: 'get configmaps -A -l app=x --field-selector=metadata.namespace={ns} --no-headers',
      prints: '{ns}  a  0  {age}\n{ns}  b  0  {age}\n{ns}  c  0  {age}',
    },
    { run: 'get -f - -o name', input: three, prints: 'configmap/a\nconfigmap/b\nconfigmap/c' },
    {
      run: 'get --raw /api/v1/namespaces/{ns}/configmaps/a',
      prints: /^\{"(apiVersion|kind)":[^]*"metadata":\{[^]*"name":"a",/,
    },
    {
      run: 'get --raw /api/v1/namespaces/{ns}/configmaps/absent',
      exits: 1,
      says: 'Error from server (NotFound): configmaps "absent" not found',
    },
    {
      run: 'get --raw /absent',
      exits: 1,
      says: 'Error from server (NotFound): the server could not find the requested resource',
    },
    {
      run: `get configmaps ${ours} --watch`,
      ready: /\nc /,
      whilst: [
        { run: 'label configmap a rank=4 --overwrite', prints: 'configmap/a labeled' },
        { run: 'create configmap d', prints: 'configmap/d created' },
        { run: 'label configmap d app=x rank=0', prints: 'configmap/d labeled' },
        { run: 'label configmap b app-', prints: 'configmap/b unlabeled' },
      ],
      prints: 'NAME  DATA  AGE\na  0  {age}\nb  0  {age}\nc  0  {age}\na  0  {age}\nd  0  {age}\nb  0  {age}',
    },
    {
      run: 'get configmap c --watch --output-watch-events -o name',
      ready: /configmap/,
      whilst: [{ run: 'delete configmap c --wait=false', prints: /deleted/ }],
      prints: 'configmap/c\nconfigmap/c',
    },
    {
      run: 'get configmaps --watch-only --output-watch-events -v=6',
      ready: /watch=true/,
      whilst: [
        { run: 'create configmap e', prints: 'configmap/e created' },
        { run: 'delete configmap e', prints: /deleted/ },
      ],
      prints: /EVENT {2}NAME {2}DATA {2}AGE\nADDED {2}e {2}0 {2}\d+s\n([^\n]*\n)*DELETED {2}e {2}0 {2}\d+s/,
    },
    {
      run: 'wait configmap/a --for=jsonpath={.metadata.labels.rank}=4 --timeout=5s',
      prints: 'configmap/a condition met',
    },
    {
      run: 'wait configmap/a --for=jsonpath={.metadata.labels.rank}=5 --timeout=1s',
      exits: 1,
      says: 'error: timed out waiting for the condition on configmaps/a',
    },
    { run: 'wait configmap/absent --for=delete --timeout=5s', prints: '' },
    {
      run: 'wait configmap/absent --for=condition=Ready --timeout=1s',
      exits: 1,
      says: 'Error from server (NotFound): configmaps "absent" not found',
    },
    {
      run: 'wait configmap/d --for=delete --timeout=10s -v=6',
      ready: /watch=true/,
      whilst: [{ run: 'delete configmap d', prints: /deleted/ }],
      prints: /configmap\/d condition met/,
    },
    {
      run: 'wait configmap/late --for=create --timeout=10s',
      from: 31,
      ready: /^/,
      whilst: [{ run: 'create configmap late', prints: 'configmap/late created' }],
      prints: 'configmap/late condition met',
    },
  ],
};
