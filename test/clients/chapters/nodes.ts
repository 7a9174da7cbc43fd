import type { Chapter } from '../chapter.ts';

const python = 'python:3.10';

const pinned = `
apiVersion: apps/v1
kind: Deployment
metadata: { name: web }
spec:
  selector: { matchLabels: { app: {ns} } }
  template:
    metadata: { labels: { app: {ns} } }
    spec:
      terminationGracePeriodSeconds: 1
      nodeSelector: { test: {ns} }
      containers: [{ name: c, image: "${python}", command: [sleep, "600"] }]
---
apiVersion: v1
kind: Pod
metadata: { name: lone, labels: { app: {ns} } }
spec:
  terminationGracePeriodSeconds: 1
  nodeSelector: { test: {ns} }
  containers: [{ name: c, image: "${python}", command: [sleep, "600"] }]
`;

/** What an operator does to a node. The other chapters must not run meanwhile. */
export const nodes: Chapter = {
  name: 'nodes',
  changesNode: true,
  steps: [
    { run: 'label node {node} test={ns}', prints: 'node/{node} labeled' },
    { run: 'get nodes -l test={ns} -o name', prints: 'node/{node}' },
    { run: 'apply -f -', input: pinned, prints: 'deployment.apps/web created\npod/lone created' },
    {
      run: 'wait --for=condition=Ready pod --all --timeout=60s',
      eventually: true,
      prints: /^pod\/lone condition met\npod\/web-[\w-]+ condition met$/,
      says: /^/,
    },
    { run: 'cordon {node}', prints: 'node/{node} cordoned' },
    { run: 'cordon {node}', prints: 'node/{node} already cordoned' },
    {
      run: 'get node {node}',
      prints: 'NAME  STATUS  ROLES  AGE  VERSION\n{node}  Ready,SchedulingDisabled  <none>  {age}  v1.36.{number}',
    },
    {
      run: 'get node {node} -o jsonpath={.spec.taints[*].key}',
      eventually: true,
      prints: 'node.kubernetes.io/unschedulable',
    },
    {
      run: 'describe node {node}',
      prints:
        /^Taints: {2}node\.kubernetes\.io\/unschedulable:NoSchedule\nUnschedulable: {2}true$[^]*^Non-terminated Pods: {2}\(\d+ in total\)$[^]*^ {2}nodes-\w+ {2}lone {2}0 \(0%\) {2}0 \(0%\) {2}0 \(0%\) {2}0 \(0%\) {2}\d+s$/m,
    },
    { run: 'uncordon {node}', prints: 'node/{node} uncordoned' },
    { run: 'uncordon {node}', prints: 'node/{node} already uncordoned' },
    { run: 'cordon absent', exits: 1, says: 'Error from server (NotFound): nodes "absent" not found' },
    { run: 'taint node {node} colour=blue:NoSchedule', prints: 'node/{node} tainted' },
    {
      run: 'taint node {node} colour=blue:NoSchedule',
      exits: 1,
      says: 'error: node {node} already has colour taint(s) with same effect(s) and --overwrite is false',
    },
    { run: 'taint node {node} colour=red:NoSchedule --overwrite', prints: 'node/{node} modified' },
    {
      run: 'get node {node} -o jsonpath={.spec.taints}',
      prints: /\{"effect":"NoSchedule","key":"colour","value":"red"\}/,
    },
    { run: 'taint node {node} colour-', prints: 'node/{node} untainted' },
    {
      run: 'drain {node} --pod-selector=app={ns}',
      exits: 1,
      prints: /^node\/kube-worker-\d cordoned\n?/,
      says: /cannot delete (cannot delete )?Pods (that )?declare no controller \(use --force to override\): nodes-\w+\/lone/,
    },
    {
      run: 'drain {node} --pod-selector=app={ns} --force --dry-run=server',
      prints: /node\/kube-worker-\d (already )?cordoned \(server dry run\)/,
      says: /^/,
    },
    {
      run: 'drain {node} --pod-selector=app={ns} --force --ignore-daemonsets --timeout=60s',
      prints:
        /^node\/kube-worker-\d already cordoned\n(evicting pod nodes-\w+\/(lone|web-[\w-]+)\n){2}(pod\/(lone|web-[\w-]+) evicted\n){2}node\/kube-worker-\d drained$/,
      says: /^Warning: deleting Pods that declare no controller: nodes-\w+\/lone$/,
    },
    { run: 'get pods', prints: 'NAME  READY  STATUS  RESTARTS  AGE\nweb-{id}  0/1  Pending  0  {age}' },
    {
      run: 'get events --field-selector=reason=FailedScheduling -o jsonpath={.items[0].message}',
      eventually: true,
      prints: /^0\/2 nodes are available: [^.]*(unschedulable|affinity\/selector|taint)[^.]*\./,
    },
    { run: 'create pdb web --selector=app={ns} --min-available=1', prints: 'poddisruptionbudget.policy/web created' },
    { run: 'uncordon {node}', prints: 'node/{node} uncordoned' },
    { run: 'wait --for=condition=Available deployment/web --timeout=60s', prints: 'deployment.apps/web condition met' },
    {
      run: 'get pdb web',
      eventually: true,
      prints: 'NAME  MIN AVAILABLE  MAX UNAVAILABLE  ALLOWED DISRUPTIONS  AGE\nweb  1  N/A  0  {age}',
    },
    {
      run: 'drain {node} --pod-selector=app={ns} --timeout=1s',
      exits: 1,
      prints: /cordoned/,
      says: /error when evicting pods\/"web-[\w-]+" -n "nodes-\w+" \(will retry after 5s\): Cannot evict pod as it would violate the pod's disruption budget\./,
    },
    { run: 'uncordon {node}', prints: 'node/{node} uncordoned' },
    { run: 'label node {node} test-', prints: 'node/{node} unlabeled' },
    { run: 'top node {node} --no-headers', prints: '{node}  {number}m  {number}%  {number}Mi  {number}%' },
    { run: 'delete deployment web', prints: /deleted/ },
  ],
};
