import type { Chapter } from '../chapter.ts';

/** Every generator of `kubectl create`, and what it refuses. */
export const create: Chapter = {
  name: 'create',
  files: { 'settings.env': 'a=1\nb=2\n', 'page.html': '<p>hello</p>\n', strict: 'x' },
  certificate: true,
  steps: [
    { run: 'create configmap literal --from-literal=a=1 --from-literal=b=2', prints: 'configmap/literal created' },
    { run: 'get configmap literal -o jsonpath={.data}', prints: '{"a":"1","b":"2"}' },
    { run: 'create configmap file --from-file={tmp}/page.html', prints: 'configmap/file created' },
    {
      run: 'get configmap file -o jsonpath={.data}',
      prints: String.raw`{"page.html":"\u003cp\u003ehello\u003c/p\u003e\n"}`,
    },
    { run: 'create configmap env --from-env-file={tmp}/settings.env', prints: 'configmap/env created' },
    {
      run: 'create configmap literal --from-literal=a=1',
      exits: 1,
      says: 'error: failed to create configmap: configmaps "literal" already exists',
    },
    { run: 'create secret generic opaque --from-literal=user=admin', prints: 'secret/opaque created' },
    { run: 'get secret opaque -o jsonpath={.type}/{.data.user}', prints: 'Opaque/YWRtaW4=' },
    {
      run: 'create secret docker-registry registry --docker-server=registry.example --docker-username=u --docker-password=p',
      prints: 'secret/registry created',
    },
    { run: 'create secret tls cert --cert={tmp}/tls.crt --key={tmp}/tls.key', prints: 'secret/cert created' },
    {
      run: 'get secrets',
      prints: `
NAME      TYPE                            DATA  AGE
cert      kubernetes.io/tls               2     {age}
opaque    Opaque                          1     {age}
registry  kubernetes.io/dockerconfigjson  1     {age}`,
    },
    { run: 'create serviceaccount robot', prints: 'serviceaccount/robot created' },
    { run: 'create token robot', prints: /^ey[\w-]+\.ey[\w-]+\.[\w-]+$/ },
    { run: 'create token robot --duration=20m --audience=someone', prints: /^ey[\w-]+\.ey[\w-]+\.[\w-]+$/ },
    {
      run: 'create token nobody',
      exits: 1,
      says: 'error: failed to create token: serviceaccounts "nobody" not found',
    },
    { run: 'create service clusterip inside --tcp=80:8080', prints: 'service/inside created' },
    { run: 'create service nodeport outside --tcp=80:8080', prints: 'service/outside created' },
    { run: 'create service loadbalancer balanced --tcp=80', prints: 'service/balanced created' },
    {
      run: 'create service externalname elsewhere --external-name=www.example.com',
      prints: 'service/elsewhere created',
    },
    {
      run: 'get services -o custom-columns=NAME:.metadata.name,TYPE:.spec.type,PORTS:.spec.ports[*].name,APP:.metadata.labels.app',
      prints: `
NAME       TYPE          PORTS    APP
balanced   LoadBalancer  80       balanced
elsewhere  ExternalName  <none>   elsewhere
inside     ClusterIP     80-8080  inside
outside    NodePort      80-8080  outside`,
    },
    {
      run: [
        'create',
        'ingress',
        'web',
        '--class=none',
        '--rule=a.example/*=inside:80,tls=cert',
        '--rule=b.example/x=inside:80',
      ],
      prints: 'ingress.networking.k8s.io/web created',
      says: 'Warning: IngressClass "none" does not exist (there is nginx), so nothing serves this Ingress',
    },
    {
      run: 'get ingress web',
      prints: `
NAME  CLASS  HOSTS                ADDRESS  PORTS    AGE
web   none   a.example,b.example           80, 443  {age}`,
    },
    { run: 'create deployment app --image=web:1 --replicas=0 --port=80', prints: 'deployment.apps/app created' },
    {
      run: 'create deployment app --image=web:1',
      exits: 1,
      says: 'error: failed to create deployment: deployments.apps "app" already exists',
    },
    {
      run: 'create deployment app --image=web:1',
      exits: 1,
      says: 'error: failed to create deployment: deployments.apps "app" already exists',
    },
    { run: 'create job once --image=work:1 --dry-run=server', prints: 'job.batch/once created (server dry run)' },
    { run: 'get job once', exits: 1, says: 'Error from server (NotFound): jobs.batch "once" not found' },
    {
      run: ['create', 'cronjob', 'yearly', '--image=work:1', '--schedule=0 0 1 1 *'],
      prints: 'cronjob.batch/yearly created',
    },
    {
      run: 'create job now --from=cronjob/yearly --dry-run=server',
      prints: 'job.batch/now created (server dry run)',
    },
    {
      run: ['create', 'cronjob', 'never', '--image=work:1', '--schedule=sometimes'],
      exits: 1,
      says: 'error: failed to create cronjob: CronJob.batch "never" is invalid: spec.schedule: Invalid value: "sometimes": expected exactly 5 fields, found 1: [sometimes]',
    },
    {
      run: 'create role reader --verb=get,list --resource=pods,deployments.apps --resource-name=a',
      prints: 'role.rbac.authorization.k8s.io/reader created',
    },
    {
      run: 'create rolebinding readers --role=reader --user=somebody --group=staff --serviceaccount={ns}:robot',
      prints: 'rolebinding.rbac.authorization.k8s.io/readers created',
    },
    {
      run: 'create clusterrole {ns} --verb=get --resource=nodes',
      prints: 'clusterrole.rbac.authorization.k8s.io/{ns} created',
    },
    {
      run: 'create clusterrole {ns}-all --aggregation-rule=of={ns}',
      prints: 'clusterrole.rbac.authorization.k8s.io/{ns}-all created',
    },
    {
      run: 'create clusterrolebinding {ns} --clusterrole={ns} --user=somebody',
      prints: 'clusterrolebinding.rbac.authorization.k8s.io/{ns} created',
    },
    { run: 'label clusterrole {ns} of={ns}', prints: 'clusterrole.rbac.authorization.k8s.io/{ns} labeled' },
    {
      run: 'get clusterrole {ns}-all -o jsonpath={.rules}',
      eventually: true,
      prints: '[{"apiGroups":[""],"resources":["nodes"],"verbs":["get"]}]',
    },
    {
      run: 'create quota fewer --hard=pods=5,services=10 --scopes=BestEffort',
      exits: 1,
      says: /^The ResourceQuota "fewer" is invalid|^error: failed to create quota: ResourceQuota "fewer" is invalid: spec\.scopes: Invalid value: /,
    },
    { run: 'create quota few --hard=pods=5,services=10', prints: 'resourcequota/few created' },
    {
      run: 'create poddisruptionbudget most --selector=app=web --min-available=50%',
      prints: 'poddisruptionbudget.policy/most created',
    },
    {
      run: 'create priorityclass {ns} --value=10 --description=low',
      prints: 'priorityclass.scheduling.k8s.io/{ns} created',
    },
    {
      run: 'create priorityclass system-{ns} --value=10',
      exits: 1,
      says: /^error: failed to create priorityclass: PriorityClass\.scheduling\.k8s\.io "system-[\w-]+" is invalid: metadata\.name: Forbidden: priority class names with 'system-' prefix are reserved for system use only/,
    },
    {
      run: 'create namespace {ns}',
      exits: 1,
      says: 'Error from server (AlreadyExists): namespaces "{ns}" already exists',
    },
    {
      run: 'create namespace Wrong',
      exits: 1,
      says: "The Namespace \"Wrong\" is invalid: metadata.name: Invalid value: \"Wrong\": a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')",
    },
    {
      run: 'create -f -',
      input: 'apiVersion: v1\nkind: ConfigMap\nmetadata: { name: strict }\nwrong: 1\ndate: {}',
      exits: 1,
      says: 'Error from server (BadRequest): error when creating "STDIN": ConfigMap in version "v1" cannot be handled as a ConfigMap: strict decoding error: unknown field "date", unknown field "wrong"',
    },
    {
      run: 'create --validate=warn -f -',
      input: 'apiVersion: v1\nkind: ConfigMap\nmetadata: { name: warned }\nwrong: 1',
      prints: 'configmap/warned created',
      says: 'Warning: unknown field "wrong"',
    },
    {
      run: 'create --validate=ignore -f -',
      input: 'apiVersion: v1\nkind: ConfigMap\nmetadata: { generateName: made- }\nwrong: 1',
      prints: 'configmap/made-{id} created',
    },
    {
      run: 'create -f -',
      input: 'apiVersion: v1\nkind: ConfigMap\nmetadata: { name: strict, namespace: default }',
      exits: 1,
      says: 'error: the namespace from the provided object "default" does not match the namespace "{ns}". You must pass \'--namespace=default\' to perform this operation.',
    },
    {
      run: 'create -f -',
      input: 'apiVersion: example.com/v1\nkind: Thing\nmetadata: { name: x }',
      exits: 1,
      says: 'error: resource mapping not found for name: "x" namespace: "" from "STDIN": no matches for kind "Thing" in version "example.com/v1"\nensure CRDs are installed first',
    },
    {
      run: 'create -f -',
      input: 'apiVersion: v1\nkind: Pod\nmetadata: { name: x }\nspec: { containers: [] }',
      exits: 1,
      says: 'The Pod "x" is invalid: spec.containers: Required value',
    },
    {
      run: 'create -f -',
      input:
        'apiVersion: apps/v1\nkind: Deployment\nmetadata: { name: x }\nspec: { selector: { matchLabels: { a: b } }, template: { metadata: { labels: { a: c } }, spec: { containers: [{ name: c, image: i }] } } }',
      exits: 1,
      says: 'The Deployment "x" is invalid: spec.template.metadata.labels: Invalid value: {"a":"c"}: `selector` does not match template `labels`',
    },
    {
      run: 'create -f - --save-config -o name',
      input: 'apiVersion: v1\nkind: ConfigMap\nmetadata: { name: saved }',
      prints: 'configmap/saved',
    },
    {
      run: 'create configmap printed --from-literal=a=1 --dry-run=client -o yaml',
      prints: 'apiVersion: v1\ndata:\n  a: "1"\nkind: ConfigMap\nmetadata:\n{lines}  name: printed\n{lines}',
    },
    {
      says: /^/,
      run: 'delete clusterrole/{ns} clusterrole/{ns}-all clusterrolebinding/{ns} priorityclass/{ns}',
      prints: `
clusterrole.rbac.authorization.k8s.io "{ns}" deleted
clusterrole.rbac.authorization.k8s.io "{ns}-all" deleted
clusterrolebinding.rbac.authorization.k8s.io "{ns}" deleted
priorityclass.scheduling.k8s.io "{ns}" deleted`,
    },
  ],
};
