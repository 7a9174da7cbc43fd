import type { Chapter } from '../chapter.ts';

const request = (name: string, usage = 'client auth'): string => `
apiVersion: certificates.k8s.io/v1
kind: CertificateSigningRequest
metadata: { name: "${name}" }
spec:
  request: "{request}"
  signerName: kubernetes.io/kube-apiserver-client
  expirationSeconds: 3600
  usages: ["${usage}"]
`;

const role = (verbs: string): string => `
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: { name: reconciled, namespace: "{ns}" }
rules: [{ apiGroups: [""], resources: [pods], verbs: ${verbs} }]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: { name: reconciled, namespace: "{ns}" }
roleRef: { apiGroup: rbac.authorization.k8s.io, kind: Role, name: reconciled }
subjects: [{ kind: User, name: somebody, apiGroup: rbac.authorization.k8s.io }]
`;

/** auth, certificate, impersonation and tokens. */
export const access: Chapter = {
  name: 'access',
  certificate: true,
  steps: [
    { run: 'auth can-i create deployments', prints: 'yes' },
    { run: 'auth can-i create deployments --as=somebody', exits: 1, prints: 'no' },
    { run: 'auth can-i create deployments --as=somebody -q', exits: 1, prints: '' },
    { run: 'auth can-i get /metrics --as=somebody', exits: 1, prints: 'no' },
    { run: ['auth', 'can-i', '*', '*'], prints: 'yes' },
    { run: 'auth can-i get nodes', prints: 'yes', says: "Warning: resource 'nodes' is not namespace scoped" },
    { run: 'auth can-i get things', prints: 'yes', says: "Warning: the server doesn't have a resource type 'things'" },
    { run: 'create serviceaccount robot', prints: 'serviceaccount/robot created' },
    {
      run: 'create role reader --verb=get,list,watch --resource=pods,pods/log',
      prints: 'role.rbac.authorization.k8s.io/reader created',
    },
    {
      run: 'create rolebinding robot --role=reader --serviceaccount={ns}:robot',
      prints: 'rolebinding.rbac.authorization.k8s.io/robot created',
    },
    { run: 'auth can-i list pods --as=system:serviceaccount:{ns}:robot', eventually: true, prints: 'yes' },
    { run: 'auth can-i get pods --subresource=log --as=system:serviceaccount:{ns}:robot', prints: 'yes' },
    { run: 'auth can-i delete pods --as=system:serviceaccount:{ns}:robot', exits: 1, prints: 'no' },
    { run: 'auth can-i list pods -n default --as=system:serviceaccount:{ns}:robot', exits: 1, prints: 'no' },
    {
      run: 'auth can-i --list --as=system:serviceaccount:{ns}:robot',
      prints:
        /^Resources {2}Non-Resource URLs {2}Resource Names {2}Verbs\n[^]*^selfsubjectreviews\.authentication\.k8s\.io {2}\[\] {2}\[\] {2}\[create\]$[^]*^pods(\/log)? {2}\[\] {2}\[\] {2}\[get list watch\]$[^]*^ {2}\[\/healthz\] {2}\[\] {2}\[get\]$/m,
    },
    { run: 'get pods --as=system:serviceaccount:{ns}:robot', says: 'No resources found in {ns} namespace.' },
    {
      run: 'get secrets --as=system:serviceaccount:{ns}:robot',
      exits: 1,
      says: 'Error from server (Forbidden): secrets is forbidden: User "system:serviceaccount:{ns}:robot" cannot list resource "secrets" in API group "" in the namespace "{ns}"',
    },
    {
      run: 'delete pod absent --as=somebody --as-group=staff',
      exits: 1,
      says: 'Error from server (Forbidden): pods "absent" is forbidden: User "somebody" cannot delete resource "pods" in API group "" in the namespace "{ns}"',
    },
    {
      run: 'get nodes --as=somebody',
      exits: 1,
      says: 'Error from server (Forbidden): nodes is forbidden: User "somebody" cannot list resource "nodes" in API group "" at the cluster scope',
    },
    {
      run: 'get --raw /metrics --as=somebody',
      exits: 1,
      says: 'Error from server (Forbidden): forbidden: User "somebody" cannot get path "/metrics"',
    },
    {
      run: 'create role wider --verb=delete --resource=secrets --as=system:serviceaccount:{ns}:robot',
      exits: 1,
      says: 'Error from server (Forbidden): roles.rbac.authorization.k8s.io is forbidden: User "system:serviceaccount:{ns}:robot" cannot create resource "roles" in API group "rbac.authorization.k8s.io" in the namespace "{ns}"',
    },
    {
      run: 'create rolebinding admins --clusterrole=admin --serviceaccount={ns}:robot',
      prints: 'rolebinding.rbac.authorization.k8s.io/admins created',
    },
    {
      run: 'create role wider --verb=get --resource=nodes --as=system:serviceaccount:{ns}:robot',
      exits: 1,
      says: 'Error from server (Forbidden): roles.rbac.authorization.k8s.io "wider" is forbidden: user "system:serviceaccount:{ns}:robot" (groups=["system:serviceaccounts" "system:serviceaccounts:{ns}" "system:authenticated"]) is attempting to grant RBAC permissions not currently held:\n{APIGroups:[""], Resources:["nodes"], Verbs:["get"]}',
    },
    { run: 'create token robot', keeps: 'token' },
    { run: 'auth whoami --token={token} --client-certificate= --client-key=', prints: /^ATTRIBUTE {2}VALUE\nUsername/ },
    {
      run: 'auth whoami --as=somebody --as-group=staff',
      prints: 'ATTRIBUTE  VALUE\nUsername  somebody\nGroups  [staff system:authenticated]',
    },
    { run: 'auth whoami -o jsonpath={.status.userInfo.groups}', prints: '["system:masters","system:authenticated"]' },
    {
      run: 'auth reconcile -f -',
      input: role('[get]'),
      prints:
        'role.rbac.authorization.k8s.io/reconciled reconciled\nrolebinding.rbac.authorization.k8s.io/reconciled reconciled',
      says: `
  reconciliation required create
  missing rules added:
  {Verbs:[get] APIGroups:[] Resources:[pods] ResourceNames:[] NonResourceURLs:[]}
  reconciliation required create
  missing subjects added:
  {Kind:User APIGroup:rbac.authorization.k8s.io Name:somebody Namespace:}`,
    },
    {
      run: 'auth reconcile -f -',
      input: role('[get, list]'),
      prints:
        'role.rbac.authorization.k8s.io/reconciled reconciled\nrolebinding.rbac.authorization.k8s.io/reconciled reconciled',
      says: `
  reconciliation required update
  missing rules added:
  {Verbs:[list] APIGroups:[] Resources:[pods] ResourceNames:[] NonResourceURLs:[]}`,
    },
    {
      run: 'create -f -',
      input: request('{ns}'),
      prints: 'certificatesigningrequest.certificates.k8s.io/{ns} created',
    },
    {
      run: 'get csr {ns}',
      prints: `
NAME  AGE  SIGNERNAME  REQUESTOR  REQUESTEDDURATION  CONDITION
{ns}  {age}  kubernetes.io/kube-apiserver-client  system:admin  60m  Pending`,
    },
    { run: 'certificate approve {ns}', prints: 'certificatesigningrequest.certificates.k8s.io/{ns} approved' },
    {
      run: 'get csr {ns} --no-headers',
      eventually: true,
      prints: '{ns}  {age}  kubernetes.io/kube-apiserver-client  system:admin  60m  Approved,Issued',
    },
    {
      run: 'describe csr {ns}',
      prints: `
Name:  {ns}
Labels:  <none>
Annotations:  <none>
CreationTimestamp:  {date}
Requesting User:  system:admin
Signer:  kubernetes.io/kube-apiserver-client
Requested Duration:  60m
Status:  Approved,Issued
Subject:
  Common Name:  somebody
  Serial Number:
  Organization:  staff
Events:  <none>`,
    },
    {
      run: 'certificate deny {ns}',
      exits: 1,
      says: 'error: certificate signing request "{ns}" is already Approved',
    },
    {
      run: 'create -f -',
      input: request('{ns}-no'),
      prints: 'certificatesigningrequest.certificates.k8s.io/{ns}-no created',
    },
    { run: 'certificate deny {ns}-no', prints: 'certificatesigningrequest.certificates.k8s.io/{ns}-no denied' },
    {
      run: 'get csr {ns}-no --no-headers',
      prints: '{ns}-no  {age}  kubernetes.io/kube-apiserver-client  system:admin  60m  Denied',
    },
    {
      run: 'delete csr {ns} {ns}-no',
      says: /^/,
      prints:
        'certificatesigningrequest.certificates.k8s.io "{ns}" deleted\ncertificatesigningrequest.certificates.k8s.io "{ns}-no" deleted',
    },
  ],
};
