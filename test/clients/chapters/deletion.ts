import type { Chapter } from '../chapter.ts';

/** Since 1.34 kubectl says where. */
export const deleted =
  (what: string, how = ''): ((minor: number) => string) =>
  (minor) =>
    what
      .split(' ')
      .map((object) => {
        const [kind, name] = object.split('/');
        return `${kind} "${name}" ${how === 'force' ? 'force ' : ''}deleted${minor >= 34 ? ' from {ns} namespace' : ''}${how.startsWith('(') ? ` ${how}` : ''}`;
      })
      .join('\n');

const set = `
apiVersion: apps/v1
kind: Deployment
metadata: { name: web }
spec:
  replicas: 0
  selector: { matchLabels: { app: web } }
  template: { metadata: { labels: { app: web } }, spec: { containers: [{ name: web, image: "web:1" }] } }
`;

/** delete, with all ways to treat dependents, and what waits for it. */
export const deletion: Chapter = {
  name: 'deletion',
  steps: [
    { run: 'create configmap a', prints: 'configmap/a created' },
    { run: 'create configmap b', prints: 'configmap/b created' },
    { run: 'label configmap a b x=y', prints: 'configmap/a labeled\nconfigmap/b labeled' },
    { run: 'delete configmap a --dry-run=server', prints: deleted('configmap/a', '(server dry run)') },
    { run: 'delete configmap a --dry-run=client', prints: deleted('configmap/a', '(dry run)') },
    { run: 'delete configmap a', prints: deleted('configmap/a') },
    { run: 'delete configmap a', exits: 1, says: 'Error from server (NotFound): configmaps "a" not found' },
    { run: 'delete configmap a --ignore-not-found', prints: '' },
    { run: 'delete configmap -l x=y', prints: deleted('configmap/b') },
    { run: 'delete configmap -l x=y', says: '', prints: 'No resources found' },
    { run: 'create configmap c', prints: 'configmap/c created' },
    { run: 'delete configmap --field-selector=metadata.name=c -o name', prints: 'configmap/c' },
    { run: 'create configmap d', prints: 'configmap/d created' },
    {
      run: 'delete --raw /api/v1/namespaces/{ns}/configmaps/d',
      prints:
        /^\{"kind":"Status","apiVersion":"v1","metadata":\{\},"status":"Success","details":\{"name":"d","kind":"configmaps","uid":"[0-9a-f-]+"\}\}$/,
    },
    { run: 'create configmap e', prints: 'configmap/e created' },
    { run: 'delete configmap e --now', prints: deleted('configmap/e') },
    { run: 'create configmap f', prints: 'configmap/f created' },
    {
      run: 'delete configmap f --force',
      prints: deleted('configmap/f', 'force'),
      says: 'Warning: Immediate deletion does not wait for confirmation that the running resource has been terminated. The resource may continue to run on the cluster indefinitely.',
    },
    {
      run: 'apply -f -',
      input: 'apiVersion: v1\nkind: ConfigMap\nmetadata: { name: held, finalizers: [example.com/hold] }\n',
      prints: 'configmap/held created',
    },
    {
      run: 'delete configmap held --timeout=1s',
      exits: 1,
      prints: deleted('configmap/held'),
      says: 'error: timed out waiting for the condition on configmaps/held',
    },
    {
      run: 'get configmap held -o jsonpath={.metadata.deletionTimestamp}/{.metadata.finalizers}',
      prints: '{time}/["example.com/hold"]',
    },
    {
      run: 'delete configmap held',
      ready: /deleted/,
      whilst: [
        {
          run: ['patch', 'configmap', 'held', '-p', '{"metadata":{"finalizers":null}}'],
          prints: 'configmap/held patched',
        },
      ],
      prints: deleted('configmap/held'),
    },
    { run: 'get configmap held', exits: 1, says: 'Error from server (NotFound): configmaps "held" not found' },
    { run: 'apply -f -', input: set, prints: 'deployment.apps/web created' },
    { run: 'get replicasets -o name', eventually: true, prints: 'replicaset.apps/web-{id}' },
    { run: 'delete deployment web --cascade=orphan', prints: deleted('deployment.apps/web') },
    { run: 'get replicasets -o jsonpath={.items[*].metadata.ownerReferences}', prints: '' },
    { run: 'apply -f -', input: set, prints: 'deployment.apps/web created' },
    {
      run: 'get replicasets -o jsonpath={.items[*].metadata.ownerReferences[*].name}',
      eventually: true,
      prints: 'web',
    },
    { run: 'delete deployment web --cascade=foreground', prints: deleted('deployment.apps/web') },
    { run: 'get replicasets', says: 'No resources found in {ns} namespace.' },
    { run: 'apply -f -', input: set, prints: 'deployment.apps/web created' },
    { run: 'get replicasets -o name', eventually: true, prints: 'replicaset.apps/web-{id}' },
    { run: 'delete -f -', input: set, prints: deleted('deployment.apps/web') },
    { run: 'get replicasets', eventually: true, says: 'No resources found in {ns} namespace.' },
    { run: 'create configmap g', prints: 'configmap/g created' },
    { run: 'delete configmap --all', prints: /"g" deleted/ },
    { run: 'get configmap', eventually: true, prints: 'NAME  DATA  AGE\nkube-root-ca.crt  1  {age}' },
    { run: 'create namespace {ns}-2', prints: 'namespace/{ns}-2 created' },
    { run: 'create configmap a -n {ns}-2', prints: 'configmap/a created' },
    { run: 'delete namespace {ns}-2', prints: 'namespace "{ns}-2" deleted', says: /^/ },
    { run: 'get namespace {ns}-2', exits: 1, says: 'Error from server (NotFound): namespaces "{ns}-2" not found' },
    {
      run: 'get configmap a -n {ns}-2',
      exits: 1,
      says: 'Error from server (NotFound): namespaces "{ns}-2" not found',
    },
  ],
};
