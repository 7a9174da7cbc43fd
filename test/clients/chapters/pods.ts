import type { Chapter, Step } from '../chapter.ts';
import { deleted } from './deletion.ts';

const flask = 'wjallen/hello-flask:1.0';
const python = 'python:3.10';

const talker = `
apiVersion: v1
kind: Pod
metadata: { name: talker, labels: { app: talker } }
spec:
  terminationGracePeriodSeconds: 1
  containers:
    - { name: first, image: "${python}", command: [sh, -c, 'trap "exit 0" TERM; echo one; echo two; i=0; while sleep 0.3; do i=$((i+1)); echo tick $i; done'] }
    - { name: second, image: "${python}", stdin: true, command: [sh, -c, 'while read line; do echo got $line; done; sleep 600'] }
  initContainers:
    - { name: before, image: "${python}", command: [echo, prepared] }
`;

const waitReady = (pod: string): Step => ({
  run: `wait --for=condition=Ready pod/${pod} --timeout=60s`,
  prints: `pod/${pod} condition met`,
});

/** Pods, and all that kubectl does with a running one. */
export const pods: Chapter = {
  name: 'pods',
  files: { 'page.txt': 'a page\n' },
  steps: [
    { run: `run web --image=${flask} --port=5000 --labels=app=web`, prints: 'pod/web created' },
    { run: 'apply -f -', input: talker, prints: 'pod/talker created' },
    { run: 'run bad --image=absent.invalid/none:1', prints: 'pod/bad created' },
    waitReady('web'),
    waitReady('talker'),
    {
      run: 'get pods -l app -o wide',
      prints: `
NAME    READY  STATUS   RESTARTS  AGE    IP         NODE              NOMINATED NODE  READINESS GATES
talker  2/2    Running  0         {age}  {address}  kube-worker-{number}  <none>      <none>
web     1/1    Running  0         {age}  {address}  kube-worker-{number}  <none>      <none>`,
    },
    {
      run: 'get pods --field-selector=status.phase=Running --sort-by=.metadata.name -o name',
      prints: 'pod/talker\npod/web',
    },
    {
      run: 'get pods --field-selector=spec.none=x',
      exits: 1,
      says: 'Error from server (BadRequest): Unable to find "/v1, Resource=pods" that match label selector "", field selector "spec.none=x": field label not supported: spec.none',
    },
    {
      run: 'get pods bad',
      eventually: true,
      prints: 'NAME  READY  STATUS  RESTARTS  AGE\nbad  0/1  {any}Pull{any}  0  {age}',
    },
    {
      run: 'logs bad',
      exits: 1,
      eventually: true,
      says: /^Error from server \(BadRequest\): container "bad" in pod "bad" is waiting to start: (trying and failing to pull image|image can't be pulled)$/,
    },
    {
      run: 'describe pod web',
      prints: `
Name:  web
Namespace:  {ns}
Priority:  0
Service Account:  default
Node:  kube-worker-{number}/{address}
Start Time:  {date}
Labels:  app=web
Annotations:  <none>
Status:  Running
IP:  {address}
IPs:
  IP:  {address}
Containers:
  web:
    Container ID:  containerd://{any}
    Image:  wjallen/hello-flask:1.0
    Image ID:  {any}
    Port:  5000/TCP
    Host Port:  0/TCP
    State:  Running
      Started:  {date}
    Ready:  True
    Restart Count:  0
    Environment:  <none>
    Mounts:
      /var/run/secrets/kubernetes.io/serviceaccount from kube-api-access-{id} (ro)
Conditions:
  Type  Status
  PodReadyToStartContainers  True
  Initialized  True
  Ready  True
  ContainersReady  True
  PodScheduled  True
Volumes:
  kube-api-access-{id}:
    Type:  Projected (a volume that contains injected data from multiple sources)
    TokenExpirationSeconds:  3607
    ConfigMapName:  kube-root-ca.crt
{lines}    DownwardAPI:  true
QoS Class:  BestEffort
Node-Selectors:  <none>
Tolerations:  node.kubernetes.io/not-ready:NoExecute op=Exists for 300s
  node.kubernetes.io/unreachable:NoExecute op=Exists for 300s
Events:
  Type  Reason  Age  From  Message
  ----  ------  ----  ----  -------
  Normal  Scheduled  {age}  default-scheduler  Successfully assigned {ns}/web to kube-worker-{number}
{lines}  Normal  Pulled  {age}  kubelet  {any}mage "wjallen/hello-flask:1.0"{any}
  Normal  Created  {age}  kubelet  {any}Container created
  Normal  Started  {age}  kubelet  {any}Container started`,
    },
    {
      run: 'events --for pod/web',
      prints: 'LAST SEEN  TYPE  REASON  OBJECT  MESSAGE\n{age}  Normal  {any}  Pod/web  {lines}',
    },
    {
      run: 'get events --field-selector=involvedObject.name=web,reason=Scheduled',
      prints:
        'LAST SEEN  TYPE  REASON  OBJECT  MESSAGE\n{age}  Normal  Scheduled  pod/web  Successfully assigned {ns}/web to kube-worker-{number}',
    },
    {
      run: 'logs talker --tail=1',
      prints: /^(tick \d+|two)$/,
      says: 'Defaulted container "first" out of: first, second, before (init)',
    },
    { run: 'logs talker -c first --limit-bytes=7', prints: 'one\ntwo' },
    { run: 'logs talker -c before --timestamps', prints: /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d+Z prepared$/ },
    {
      run: 'logs talker -c absent',
      exits: 1,
      says: 'error: container absent is not valid for pod talker',
    },
    {
      run: 'logs absent',
      exits: 1,
      says: /^[Ee]rror(: error)? from server \(NotFound\): pods "absent" not found( in namespace "pods-\w+")?$/,
    },
    { run: 'logs -l app=talker --all-containers --prefix --tail=1', prints: /^\[pod\/talker\/before\] prepared$/m },
    { run: 'logs talker -c first --since=1h --tail=-1', prints: /^one\ntwo\n/ },
    { run: 'logs talker -c first --since-time=2035-01-01T00:00:00Z', prints: '' },
    {
      run: 'logs talker -c first -p',
      exits: 1,
      says: 'Error from server (BadRequest): previous terminated container "first" in pod "talker" not found',
    },
    { run: 'logs talker -c first -f --tail=1', ready: /tick \d+\n[^]*tick \d+\n/ },
    { run: 'exec web -- echo hello', prints: 'hello' },
    { run: 'exec web -- cat', prints: '' },
    { run: 'exec -i web -- cat', input: 'through\nthe pipe\n', prints: 'through\nthe pipe' },
    {
      run: ['exec', 'web', '--', 'sh', '-c', 'echo out; echo err >&2; exit 3'],
      exits: 3,
      prints: 'out',
      says: 'err\ncommand terminated with exit code 3',
    },
    { run: 'exec talker -c second -- echo second', prints: 'second' },
    {
      run: 'exec talker -- echo first',
      prints: 'first',
      says: 'Defaulted container "first" out of: first, second, before (init)',
    },
    { run: 'exec web -- absent', exits: 1, says: /executable file not found in \$PATH/ },
    {
      run: 'exec web -c absent -- true',
      exits: 1,
      says: /^Error from server \(BadRequest\): container absent is not valid for pod web|^error: container absent/,
    },
    { run: 'exec absent -- true', exits: 1, says: 'Error from server (NotFound): pods "absent" not found' },
    {
      run: ['exec', '-it', 'web', '--', 'sh', '-c', 'test -t 0 && echo a terminal'],
      terminal: true,
      // The terminal may show what ends its input.
      prints: /a terminal\s*(\^@\s*)?$/,
    },
    { run: 'cp {tmp}/page.txt web:/tmp/page.txt', prints: '' },
    { run: 'exec web -- cat /tmp/page.txt', prints: 'a page' },
    { run: 'cp web:/tmp/page.txt {tmp}/back.txt', prints: /^/, says: /^/ },
    { run: 'create configmap back --from-file={tmp}/back.txt -o jsonpath={.data}', prints: '{"back.txt":"a page\\n"}' },
    { run: 'attach -i talker -c second', input: 'word\n', prints: /got word|^$/, says: /^/ },
    { run: 'logs talker -c second', eventually: true, prints: 'got word' },
    { run: 'attach talker -c first', ready: /tick \d+\n/ },
    { run: 'exec web -- curl --silent 127.0.0.1:5000', eventually: true, says: /^/, prints: 'Hello, world!' },
    {
      run: 'port-forward pod/web :5000',
      ready: /Forwarding from 127\.0\.0\.1:(?<port>\d+) -> 5000/,
      whilst: [
        { fetch: 'http://127.0.0.1:{port}/', answers: 'Hello, world!' },
        { fetch: 'http://127.0.0.1:{port}/', answers: 'Hello, world!' },
      ],
    },
    { run: 'expose pod web --port=80 --target-port=5000', prints: 'service/web exposed' },
    {
      run: 'get endpointslices -l kubernetes.io/service-name=web',
      eventually: true,
      prints: 'NAME  ADDRESSTYPE  PORTS  ENDPOINTS  AGE\nweb-{id}  IPv4  5000  {address}  {age}',
    },
    {
      run: 'get endpoints web',
      eventually: true,
      prints: 'NAME  ENDPOINTS  AGE\nweb  {address}:5000  {age}',
      says: /deprecated/,
    },
    {
      run: 'port-forward service/web :80',
      ready: /Forwarding from 127\.0\.0\.1:(?<port>\d+) -> 5000/,
      whilst: [{ fetch: 'http://127.0.0.1:{port}/', answers: 'Hello, world!' }],
    },
    {
      run: 'proxy --port=0',
      ready: /Starting to serve on 127\.0\.0\.1:(?<port>\d+)/,
      whilst: [
        { fetch: 'http://127.0.0.1:{port}/api/v1/namespaces/{ns}/services/web:80/proxy/', answers: 'Hello, world!' },
        { fetch: 'http://127.0.0.1:{port}/api/v1/namespaces/{ns}/pods/web:5000/proxy/', answers: 'Hello, world!' },
      ],
    },
    { run: `debug web --image=${python} --container=probe -- sh -c true`, prints: '', says: /^/ },
    {
      run: 'get pod web -o jsonpath={.status.ephemeralContainerStatuses[0].state.terminated.reason}',
      eventually: true,
      prints: 'Completed',
    },
    {
      run: `debug web --image=${python} --target=web -i --container=looker -- cat`,
      input: 'seen\n',
      says: /^/,
    },
    { run: 'logs web -c looker', eventually: true, prints: 'seen' },
    { run: 'describe pod web', prints: /\nEphemeral Containers:\n {2}probe:\n/ },
    { run: `debug web --copy-to=copy --set-image=web=${python} --container=web -- sleep 600`, says: /^/ },
    waitReady('copy'),
    {
      run: 'get pod copy -o jsonpath={.spec.containers[0].image}/{.spec.containers[0].command}',
      prints: `${python}/["sleep","600"]`,
    },
    {
      run: `debug node/kube-worker-1 --image=${python} --profile=general -- true`,
      prints:
        /^Creating debugging pod node-debugger-kube-worker-1-\w+ with container debugger on node kube-worker-1\.$/,
      says: /^/,
    },
    {
      run: `run -i --rm once --image=${python} --restart=Never -- cat`,
      input: 'all of it\n',
      prints: /all of it[^]*pod "once" deleted/,
      says: /^/,
    },
    { run: `run done --image=${python} --restart=Never -- true`, prints: 'pod/done created' },
    {
      run: 'get pod done',
      eventually: true,
      prints: 'NAME  READY  STATUS  RESTARTS  AGE\ndone  0/1  Completed  0  {age}',
    },
    {
      run: ['run', 'failed', `--image=${python}`, '--restart=Never', '--', 'sh', '-c', 'exit 4'],
      prints: 'pod/failed created',
    },
    {
      run: 'get pod failed',
      eventually: true,
      prints: 'NAME  READY  STATUS  RESTARTS  AGE\nfailed  0/1  Error  0  {age}',
    },
    { run: 'wait pod/done --for=jsonpath={.status.phase}=Succeeded --timeout=5s', prints: 'pod/done condition met' },
    {
      run: 'wait pod/done --for=condition=Ready --timeout=1s',
      exits: 1,
      says: 'error: timed out waiting for the condition on pods/done',
    },
    { run: `set image pod/talker second=${flask}`, prints: 'pod/talker image updated' },
    {
      run: 'get pod talker',
      eventually: true,
      prints: 'NAME  READY  STATUS  RESTARTS  AGE\ntalker  2/2  Running  1 ({age} ago)  {age}',
    },
    {
      run: ['patch', 'pod', 'web', '-p', '{"spec":{"hostname":"x"}}'],
      exits: 1,
      says: /^The Pod "web" is invalid: spec: Forbidden: pod updates may not change fields other than `spec\.containers\[\*\]\.image`,`spec\.initContainers\[\*\]\.image`,`spec\.activeDeadlineSeconds`,`spec\.tolerations` \(only additions to existing tolerations\),`spec\.terminationGracePeriodSeconds` \(allow it to be set to 1 if it was previously negative\)/,
    },
    { run: 'delete pod copy --grace-period=1', prints: deleted('pod/copy') },
    {
      run: 'delete pod web --force --grace-period=0',
      prints: deleted('pod/web', 'force'),
      says: /^Warning: Immediate deletion does not wait/,
    },
    { run: 'delete pod talker --now', prints: deleted('pod/talker') },
    { run: 'get pod talker', exits: 1, says: 'Error from server (NotFound): pods "talker" not found' },
  ],
};
