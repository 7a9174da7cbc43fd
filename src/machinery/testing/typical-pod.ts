/** A Pod of about 2 KB as the server stores it, for tests and profiles. */
export function typicalPod(name = 'hello-flask-5c9d6d8b7f-x2x4q') {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name,
      generateName: 'hello-flask-5c9d6d8b7f-',
      namespace: 'default',
      uid: '0b6c2f1e-9c55-4f0e-9d0f-3c2f3d6a1b11',
      resourceVersion: '1234',
      creationTimestamp: '2026-01-02T03:04:05Z',
      labels: { app: 'hello-flask', 'pod-template-hash': '5c9d6d8b7f' },
      ownerReferences: [
        {
          apiVersion: 'apps/v1',
          kind: 'ReplicaSet',
          name: 'hello-flask-5c9d6d8b7f',
          uid: 'c6b7a2e0-2222-4444-8888-3c2f3d6a1b11',
          controller: true,
          blockOwnerDeletion: true,
        },
      ],
    },
    spec: {
      volumes: [
        {
          name: 'kube-api-access-abcde',
          projected: {
            defaultMode: 420,
            sources: [
              { serviceAccountToken: { expirationSeconds: 3607, path: 'token' } },
              { configMap: { name: 'kube-root-ca.crt', items: [{ key: 'ca.crt', path: 'ca.crt' }] } },
            ],
          },
        },
      ],
      containers: [
        {
          name: 'hello-flask',
          image: 'wjallen/hello-flask:1.0',
          ports: [{ name: 'http', containerPort: 5000, protocol: 'TCP' }],
          env: [
            { name: 'REDIS_IP', value: 'redis-service' },
            { name: 'POD_IP', valueFrom: { fieldRef: { apiVersion: 'v1', fieldPath: 'status.podIP' } } },
          ],
          resources: { requests: { cpu: '100m', memory: '64Mi' }, limits: { memory: '128Mi' } },
          volumeMounts: [
            {
              name: 'kube-api-access-abcde',
              readOnly: true,
              mountPath: '/var/run/secrets/kubernetes.io/serviceaccount',
            },
          ],
          readinessProbe: {
            httpGet: { path: '/', port: 5000, scheme: 'HTTP' },
            periodSeconds: 10,
            failureThreshold: 3,
          },
          terminationMessagePath: '/dev/termination-log',
          terminationMessagePolicy: 'File',
          imagePullPolicy: 'Always',
        },
      ],
      restartPolicy: 'Always',
      terminationGracePeriodSeconds: 30,
      dnsPolicy: 'ClusterFirst',
      serviceAccountName: 'default',
      nodeName: 'kube-worker-1',
      schedulerName: 'default-scheduler',
      tolerations: [
        { key: 'node.kubernetes.io/not-ready', operator: 'Exists', effect: 'NoExecute', tolerationSeconds: 300 },
      ],
      enableServiceLinks: true,
    },
    status: {
      phase: 'Running',
      conditions: [
        { type: 'Initialized', status: 'True', lastTransitionTime: '2026-01-02T03:04:06Z' },
        { type: 'Ready', status: 'True', lastTransitionTime: '2026-01-02T03:04:07Z' },
      ],
      hostIP: '172.30.0.11',
      podIP: '10.233.65.2',
      podIPs: [{ ip: '10.233.65.2' }],
      startTime: '2026-01-02T03:04:05Z',
    },
  };
}
