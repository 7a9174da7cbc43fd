import type { Chapter } from '../chapter.ts';

const flask = 'wjallen/hello-flask:1.0';
const python = 'python:3.10';

const sets = `
apiVersion: apps/v1
kind: DaemonSet
metadata: { name: each }
spec:
  selector: { matchLabels: { app: each } }
  template:
    metadata: { labels: { app: each } }
    spec: { terminationGracePeriodSeconds: 1, containers: [{ name: c, image: "${python}", command: [sleep, "600"] }] }
---
apiVersion: apps/v1
kind: StatefulSet
metadata: { name: ordered }
spec:
  serviceName: ordered
  replicas: 1
  selector: { matchLabels: { app: ordered } }
  template:
    metadata: { labels: { app: ordered } }
    spec: { terminationGracePeriodSeconds: 1, containers: [{ name: c, image: "${python}", command: [sleep, "600"] }] }
`;

const succeeded = (name: string): RegExp => new RegExp(`^([^\\n]+\\n)*deployment "${name}" successfully rolled out$`);

/** Workloads with pods: rollout of every kind, scale, autoscale, jobs. */
export const rollout: Chapter = {
  name: 'rollout',
  steps: [
    { run: `create deployment web --image=${flask} --port=5000 --replicas=2`, prints: 'deployment.apps/web created' },
    { run: 'rollout status deployment/web --timeout=60s', prints: succeeded('web') },
    {
      run: 'get all',
      eventually: true,
      prints: `
NAME                       READY  STATUS   RESTARTS  AGE
pod/web-{id}  1/1    Running  0         {age}
pod/web-{id}  1/1    Running  0         {age}

NAME                 READY  UP-TO-DATE  AVAILABLE  AGE
deployment.apps/web  2/2    2           2          {age}

NAME                      DESIRED  CURRENT  READY  AGE
replicaset.apps/web-{id}  2        2        2      {age}`,
    },
    { run: 'rollout history deployment/web', prints: 'deployment.apps/web\nREVISION  CHANGE-CAUSE\n1  <none>' },
    { run: 'rollout undo deployment/web', exits: 1, says: 'error: no rollout history found for deployment "web"' },
    {
      run: 'events --for deployment/web',
      prints:
        'LAST SEEN  TYPE  REASON  OBJECT  MESSAGE\n{age}  Normal  ScalingReplicaSet  Deployment/web  Scaled up replica set web-{id} from 0 to 2',
    },
    { run: 'scale deployment/web --replicas=1', prints: 'deployment.apps/web scaled' },
    { run: 'rollout status deployment/web --timeout=60s', prints: succeeded('web') },
    { run: 'rollout pause deployment/web', prints: 'deployment.apps/web paused' },
    { run: 'rollout pause deployment/web', exits: 1, says: 'error: deployments.apps "web" is already paused' },
    { run: 'set env deployment/web COLOUR=blue', prints: 'deployment.apps/web env updated' },
    {
      run: 'rollout restart deployment/web',
      exits: 1,
      says: 'error: deployments.apps "web" can\'t restart paused deployment (run rollout resume first)',
    },
    { run: 'rollout resume deployment/web', prints: 'deployment.apps/web resumed' },
    { run: 'annotate deployment/web kubernetes.io/change-cause=colour', prints: 'deployment.apps/web annotated' },
    { run: 'rollout status deployment/web --timeout=60s', prints: succeeded('web') },
    {
      run: 'rollout history deployment/web',
      eventually: true,
      prints: 'deployment.apps/web\nREVISION  CHANGE-CAUSE\n1  <none>\n2  colour',
    },
    {
      run: 'rollout history deployment/web --revision=2',
      prints: `
deployment.apps/web with revision #2
Pod Template:
  Labels:  app=web
  pod-template-hash={id}
  Annotations:  kubernetes.io/change-cause: colour
  Containers:
   hello-flask:
    Image:  wjallen/hello-flask:1.0
    Port:  5000/TCP
    Host Port:  0/TCP
    Environment:
      COLOUR:  blue
    Mounts:  <none>
  Volumes:  <none>{lines}`,
    },
    { run: 'rollout undo deployment/web --to-revision=1', prints: 'deployment.apps/web rolled back' },
    { run: 'rollout status deployment/web --timeout=60s', prints: succeeded('web') },
    {
      run: 'rollout undo deployment/web --to-revision=9',
      exits: 1,
      says: 'error: unable to find specified revision 9 in history',
    },
    { run: 'rollout restart deployment/web', prints: 'deployment.apps/web restarted' },
    { run: 'rollout status deployment/web --timeout=60s', prints: succeeded('web') },
    { run: 'get deployment web', prints: 'NAME  READY  UP-TO-DATE  AVAILABLE  AGE\nweb  1/1  1  1  {age}' },
    { run: 'wait deployment/web --for=condition=Available --timeout=10s', prints: 'deployment.apps/web condition met' },
    { run: 'set image deployment/web hello-flask=absent.invalid/none:1', prints: 'deployment.apps/web image updated' },
    {
      run: 'rollout status deployment/web --timeout=1s',
      exits: 1,
      prints:
        /^(Waiting for deployment spec update to be observed\.\.\.\n)?Waiting for deployment "web" rollout to finish: /,
      says: 'error: timed out waiting for the condition',
    },
    { run: 'rollout undo deployment/web', prints: 'deployment.apps/web rolled back' },
    { run: 'rollout status deployment/web --timeout=60s', prints: succeeded('web') },
    {
      run: 'exec deployment/web -- curl --silent 127.0.0.1:5000',
      eventually: true,
      says: /^/,
      prints: 'Hello, world!',
    },
    { run: 'logs deployment/web --tail=1', prints: /^[^\n]+$/, says: /^(Found \d pods, using pod\/web-[\w-]+)?$/ },
    { run: 'exec deployment/web -- echo hello', prints: 'hello' },
    {
      run: 'port-forward deployment/web :5000',
      ready: /Forwarding from 127\.0\.0\.1:(?<port>\d+) -> 5000/,
      whilst: [{ fetch: 'http://127.0.0.1:{port}/', answers: 'Hello, world!' }],
    },
    { run: 'apply -f -', input: sets, prints: 'daemonset.apps/each created\nstatefulset.apps/ordered created' },
    {
      run: 'rollout status daemonset/each --timeout=60s',
      prints: /^([^\n]+\n)*daemon set "each" successfully rolled out$/,
    },
    {
      run: 'rollout status statefulset/ordered --timeout=60s',
      prints: /^([^\n]+\n)*partitioned roll out complete: 1 new pods have been updated\.\.\.$/,
    },
    {
      run: 'get daemonset,statefulset',
      prints:
        'NAME  DESIRED  CURRENT  READY  UP-TO-DATE  AVAILABLE  NODE SELECTOR  AGE\ndaemonset.apps/each  2  2  2  2  2  <none>  {age}\n\nNAME  READY  AGE\nstatefulset.apps/ordered  1/1  {age}',
    },
    {
      run: 'rollout restart daemonset/each statefulset/ordered',
      prints: 'daemonset.apps/each restarted\nstatefulset.apps/ordered restarted',
    },
    { run: 'rollout status daemonset/each --timeout=60s', prints: /daemon set "each" successfully rolled out$/ },
    {
      run: 'rollout status statefulset/ordered --timeout=60s',
      prints: /^([^\n]+\n)*partitioned roll out complete: 1 new pods have been updated\.\.\.$/,
    },
    {
      run: 'rollout history daemonset/each',
      prints: 'daemonset.apps/each\nREVISION  CHANGE-CAUSE\n1  <none>\n2  <none>',
    },
    {
      run: 'rollout history statefulset/ordered',
      prints: 'statefulset.apps/ordered\nREVISION  CHANGE-CAUSE\n1  <none>\n2  <none>',
    },
    { run: 'rollout undo daemonset/each', prints: 'daemonset.apps/each rolled back' },
    { run: 'rollout undo statefulset/ordered', prints: 'statefulset.apps/ordered rolled back' },
    {
      run: 'rollout status statefulset/ordered --timeout=60s',
      prints: /^([^\n]+\n)*partitioned roll out complete: 1 new pods have been updated\.\.\.$/,
    },
    { run: 'scale statefulset/ordered --replicas=0', prints: 'statefulset.apps/ordered scaled' },
    {
      run: ['create', 'job', 'once', `--image=${python}`, '--', 'sh', '-c', 'echo worked'],
      prints: 'job.batch/once created',
    },
    { run: 'wait job/once --for=condition=complete --timeout=60s', prints: 'job.batch/once condition met' },
    { run: 'logs job/once', prints: 'worked' },
    { run: 'get job once', prints: 'NAME  STATUS  COMPLETIONS  DURATION  AGE\nonce  Complete  1/1  {age}  {age}' },
    { run: 'delete deployment,daemonset,statefulset,job --all', prints: /deployment\.apps "web" deleted/ },
    { run: 'delete pods --all --now', prints: /deleted/ },
    { run: 'get pods', says: 'No resources found in {ns} namespace.' },
  ],
};
