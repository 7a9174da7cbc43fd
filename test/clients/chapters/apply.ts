import type { Chapter } from '../chapter.ts';

const settings = (data: string, more = ''): string =>
  `apiVersion: v1\nkind: ConfigMap\nmetadata: { name: settings${more} }\ndata: ${data}\n`;

const conflict = (fields: string): string => `
error: Apply failed with 1 conflict: conflict with "other": ${fields}
Please review the fields above--they currently have other managers. Here
are the ways you can resolve this warning:
* If you intend to manage all of these fields, please re-run the apply
  command with the \`--force-conflicts\` flag.
* If you do not intend to manage all of the fields, please edit your
  manifest to remove references to the fields that should keep their
  current managers.
* You may co-own fields by updating your manifest to match the existing
  value; in this case, you'll become the manager if the other manager(s)
  stop managing the field (remove it from their configuration).
See https://kubernetes.io/docs/reference/using-api/server-side-apply/#conflicts`;

/** apply, diff, replace, patch, edit, label, annotate and set: what changes objects without pods. */
export const apply: Chapter = {
  name: 'apply',
  files: {
    'kustomization.yaml':
      'namePrefix: my-\nresources: [base.yaml]\nconfigMapGenerator:\n  - name: made\n    literals: [a=1]\n',
    'base.yaml': 'apiVersion: v1\nkind: ConfigMap\nmetadata: { name: base }\n',
  },
  steps: [
    { run: 'apply -f -', input: settings('{ a: "1", b: "2" }'), prints: 'configmap/settings created' },
    { run: 'apply -f -', input: settings('{ a: "1", b: "2" }'), prints: 'configmap/settings unchanged' },
    {
      run: 'apply --dry-run=server -f -',
      input: settings('{ a: "3" }'),
      prints: 'configmap/settings configured (server dry run)',
    },
    {
      run: 'apply --dry-run=client -f -',
      input: settings('{ a: "3" }'),
      prints: 'configmap/settings configured (dry run)',
    },
    {
      run: 'diff -f -',
      input: settings('{ a: "3" }'),
      exits: 1,
      prints: `
diff -u -N /tmp/LIVE-{number}/v1.ConfigMap.{ns}.settings /tmp/MERGED-{number}/v1.ConfigMap.{ns}.settings
--- /tmp/LIVE-{number}/v1.ConfigMap.{ns}.settings  {any}
+++ /tmp/MERGED-{number}/v1.ConfigMap.{ns}.settings  {any}
@@ -1,7 +1,6 @@
 apiVersion: v1
 data:
-  a: "1"
-  b: "2"
+  a: "3"
 kind: ConfigMap
 metadata:
{lines}`,
    },

    { run: 'apply -f -', input: settings('{ a: "3" }'), prints: 'configmap/settings configured' },
    { run: 'diff -f -', input: settings('{ a: "3" }'), prints: '' },
    { run: 'get configmap settings -o jsonpath={.data}', prints: '{"a":"3"}' },
    {
      run: 'apply view-last-applied configmap/settings',
      prints: `
apiVersion: v1
data:
  a: "3"
kind: ConfigMap
metadata:
  annotations: {}
  name: settings
  namespace: {ns}`,
    },
    {
      run: 'apply set-last-applied -f -',
      input: settings('{ a: "3", c: "4" }', ', annotations: { x: "1" }'),
      prints: 'configmap/settings configured',
    },
    {
      run: 'apply edit-last-applied configmap/settings',
      env: { KUBE_EDITOR: 'sed -i s/c:/d:/' },
      prints: 'configmap/settings edited',
    },
    { run: 'create configmap bare', prints: 'configmap/bare created' },
    {
      run: 'apply -f -',
      input: 'apiVersion: v1\nkind: ConfigMap\nmetadata: { name: bare }\n',
      prints: 'configmap/bare configured',
      says: 'Warning: resource configmaps/bare is missing the kubectl.kubernetes.io/last-applied-configuration annotation which is required by kubectl apply. kubectl apply should only be used on resources created declaratively by either kubectl create --save-config or kubectl apply. The missing annotation will be patched automatically.',
    },
    {
      run: 'apply --prune -l app=pruned -f -',
      input:
        'apiVersion: v1\nkind: ConfigMap\nmetadata: { name: one, labels: { app: pruned } }\n---\napiVersion: v1\nkind: ConfigMap\nmetadata: { name: two, labels: { app: pruned } }\n',
      prints: 'configmap/one created\nconfigmap/two created',
      says: /^/,
    },
    {
      run: 'apply --prune -l app=pruned --prune-allowlist=core/v1/ConfigMap -f -',
      input: 'apiVersion: v1\nkind: ConfigMap\nmetadata: { name: one, labels: { app: pruned } }\n',
      prints: 'configmap/one unchanged\nconfigmap/two pruned',
    },
    {
      run: 'apply --server-side --field-manager=other -f -',
      input: settings('{ a: "other" }').replace('settings', 'shared'),
      prints: 'configmap/shared serverside-applied',
    },
    {
      run: 'apply --server-side -f -',
      input: settings('{ a: "mine", b: "mine" }').replace('settings', 'shared'),
      exits: 1,
      says: conflict('.data.a'),
    },
    {
      run: 'apply --server-side -f -',
      input:
        settings('{ a: "mine" }').replace('settings', 'shared') +
        '---\n' +
        settings('{ a: "x" }').replace('settings', 'shared2'),
      exits: 1,
      prints: 'configmap/shared2 serverside-applied',
      says: conflict('.data.a'),
    },
    {
      run: 'apply --server-side --force-conflicts -f -',
      input: settings('{ a: "mine", b: "mine" }').replace('settings', 'shared'),
      prints: 'configmap/shared serverside-applied',
    },
    {
      run: [
        'get',
        'configmap',
        'shared',
        '--show-managed-fields',
        '-o',
        'jsonpath={range .metadata.managedFields[*]}{.manager} {.operation} {.fieldsV1}{"\\n"}{end}',
      ],
      prints: 'kubectl Apply {"f:data":{"f:a":{},"f:b":{}}}',
    },
    {
      run: 'apply --server-side --field-manager=other -f -',
      input: settings('{ c: "3" }').replace('settings', 'shared'),
      prints: 'configmap/shared serverside-applied',
    },
    { run: 'get configmap shared -o jsonpath={.data}', prints: '{"a":"mine","b":"mine","c":"3"}' },
    {
      run: 'apply --server-side -f -',
      input: settings('{ b: "mine" }').replace('settings', 'shared'),
      prints: 'configmap/shared serverside-applied',
    },
    { run: 'get configmap shared -o jsonpath={.data}', prints: '{"b":"mine","c":"3"}' },
    {
      run: 'apply --server-side --dry-run=server -f -',
      input: settings('{}').replace('settings', 'shared'),
      prints: 'configmap/shared serverside-applied (server dry run)',
    },
    { run: 'replace -f -', input: settings('{ r: "1" }'), prints: 'configmap/settings replaced' },
    {
      run: 'replace -f -',
      input: settings('{ r: "1" }', ', resourceVersion: "1"'),
      exits: 1,
      says: 'Error from server (Conflict): error when replacing "STDIN": Operation cannot be fulfilled on configmaps "settings": the object has been modified; please apply your changes to the latest version and try again',
    },
    {
      run: 'replace -f -',
      input: settings('{}').replace('settings', 'absent'),
      exits: 1,
      says: 'Error from server (NotFound): error when replacing "STDIN": configmaps "absent" not found',
    },
    {
      run: 'replace --force -f -',
      input: settings('{ r: "2" }'),
      prints: (minor) =>
        `configmap "settings" deleted${minor >= 34 ? ' from {ns} namespace' : ''}\nconfigmap/settings replaced`,
    },
    { run: ['patch', 'configmap', 'settings', '-p', '{"data":{"s":"1"}}'], prints: 'configmap/settings patched' },
    {
      run: ['patch', 'configmap', 'settings', '-p', '{"data":{"s":"1"}}'],
      prints: 'configmap/settings patched (no change)',
    },
    {
      run: ['patch', 'configmap', 'settings', '--type=merge', '-p', '{"data":{"r":null}}'],
      prints: 'configmap/settings patched',
    },
    {
      run: [
        'patch',
        'configmap',
        'settings',
        '--type=json',
        '-p',
        '[{"op":"test","path":"/data/s","value":"1"},{"op":"add","path":"/data/t","value":"2"}]',
      ],
      prints: 'configmap/settings patched',
    },
    { run: 'get configmap settings -o jsonpath={.data}', prints: '{"s":"1","t":"2"}' },
    {
      run: ['patch', 'configmap', 'settings', '--type=json', '-p', '[{"op":"remove","path":"/data/none"}]'],
      exits: 1,
      says: 'The request is invalid: the server rejected our request due to an error in our request',
    },
    {
      run: [
        'patch',
        'configmap',
        'settings',
        '--dry-run=server',
        '-p',
        '{"data":{"s":"3"}}',
        '-o',
        'jsonpath={.data.s}',
      ],
      prints: '3',
    },
    {
      run: ['patch', 'configmap', 'settings', '-p', '{"data":"x"}'],
      exits: 1,
      says: 'The request is invalid: patch: Invalid value: "map[data:x]": cannot restore map from string',
    },
    {
      run: 'edit configmap settings',
      env: { KUBE_EDITOR: 'sed -i s/s:/edited:/' },
      prints: 'configmap/settings edited',
    },
    { run: 'get configmap settings -o jsonpath={.data}', prints: '{"edited":"1","t":"2"}' },
    {
      run: 'edit configmap settings',
      env: { KUBE_EDITOR: 'true' },
      says: 'Edit cancelled, no changes made.',
    },
    { run: 'label configmap settings colour=blue', prints: 'configmap/settings labeled' },
    { run: 'label configmap settings colour=blue', prints: 'configmap/settings not labeled' },
    {
      run: 'label configmap settings colour=red',
      exits: 1,
      says: "error: 'colour' already has a value (blue), and --overwrite is false",
    },
    { run: 'label configmap settings colour=red --overwrite', prints: 'configmap/settings labeled' },
    { run: 'label configmap settings --list', prints: 'colour=red' },
    { run: 'label configmap settings colour-', prints: 'configmap/settings unlabeled' },
    {
      run: 'label configmap settings colour=-wrong',
      exits: 1,
      says: /^error: invalid label value: "colour=-wrong"/,
    },
    { run: 'label configmaps --all all=yes', prints: /^(configmap\/[\w.-]+ labeled\n?)+$/ },
    { run: 'annotate configmap settings note=hello', prints: 'configmap/settings annotated' },
    {
      run: 'annotate configmap settings note=bye',
      exits: 1,
      says: /^error: --overwrite is false but found the following declared annotation\(s\): 'note' already has a value \(hello\)$/,
    },
    { run: 'annotate configmap settings note=bye --overwrite', prints: 'configmap/settings annotated' },
    { run: 'annotate configmap settings note-', prints: 'configmap/settings annotated' },
    {
      run: 'kustomize {tmp}',
      prints: /^apiVersion: v1\n(data:\n {2}a: "1"\n)?kind: ConfigMap\nmetadata:\n {2}name: my-/,
    },
    { run: 'apply -k {tmp}', prints: 'configmap/my-base created\nconfigmap/my-made-{id} created' },
    { run: 'delete -k {tmp}', prints: /my-base" deleted/ },
    { run: 'create deployment web --image=web:1 --replicas=0', prints: 'deployment.apps/web created' },
    { run: 'set image deployment/web web=web:2', prints: 'deployment.apps/web image updated' },
    {
      run: 'set image deployment/web absent=web:2',
      exits: 1,
      says: 'error: unable to find container named "absent"',
    },
    { run: 'set env deployment/web COLOUR=blue', prints: 'deployment.apps/web env updated' },
    { run: 'set env deployment/web --list', prints: '# Deployment web, container web\nCOLOUR=blue' },
    {
      run: 'set resources deployment/web --limits=cpu=200m,memory=64Mi --requests=cpu=100m',
      prints: 'deployment.apps/web resource requirements updated',
    },
    { run: 'set serviceaccount deployment/web default', prints: 'deployment.apps/web serviceaccount updated' },
    { run: 'create role reader --verb=get --resource=pods', prints: 'role.rbac.authorization.k8s.io/reader created' },
    {
      run: 'create rolebinding readers --role=reader --user=a',
      prints: 'rolebinding.rbac.authorization.k8s.io/readers created',
    },
    {
      run: 'set subject rolebinding readers --user=b',
      prints: 'rolebinding.rbac.authorization.k8s.io/readers subjects updated',
    },
    { run: 'expose deployment web --port=80', prints: 'service/web exposed' },
    { run: ['set', 'selector', 'service', 'web', 'app=other'], prints: 'service/web selector updated' },
    { run: 'scale deployment web --replicas=0 --current-replicas=0', prints: 'deployment.apps/web scaled' },
    {
      run: 'scale deployment web --replicas=0 --current-replicas=3',
      exits: 1,
      says: 'error: Expected replicas to be 3, was 0',
    },
    {
      run: 'get deployment web -o jsonpath={.spec.template.spec.containers[0].image}/{.spec.template.spec.containers[0].env}/{.spec.template.spec.containers[0].resources}',
      prints:
        'web:2/[{"name":"COLOUR","value":"blue"}]/{"limits":{"cpu":"200m","memory":"64Mi"},"requests":{"cpu":"100m"}}',
    },
    {
      run: ['patch', 'deployment', 'web', '--subresource=scale', '--type=merge', '-p', '{"spec":{"replicas":0}}'],
      prints: 'scale.autoscaling/web patched (no change)',
    },
    {
      run: 'get deployment web --subresource=scale',
      prints: 'NAME  DESIRED  AVAILABLE  AGE\nweb  0  0  {age}',
    },
    {
      run: ['patch', 'deployment', 'web', '-p', '{"spec":{"selector":{"matchLabels":{"x":"y"}}}}'],
      exits: 1,
      says: `
The Deployment "web" is invalid:
* spec.template.metadata.labels: Invalid value: {"app":"web"}: \`selector\` does not match template \`labels\`
* spec.selector: Invalid value: {"matchLabels":{"app":"web","x":"y"}}: field is immutable`,
    },
    {
      run: 'autoscale deployment web --min=1 --max=3 --cpu-percent=80',
      until: 33,
      prints: 'horizontalpodautoscaler.autoscaling/web autoscaled',
    },
    {
      run: 'autoscale deployment web --min=1 --max=3 --cpu=80%',
      from: 34,
      prints: 'horizontalpodautoscaler.autoscaling/web autoscaled',
    },
  ],
};
