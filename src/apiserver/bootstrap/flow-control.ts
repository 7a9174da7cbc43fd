import type { KubeObject, Unsaved } from '../../api/object.ts';

type NewObject = Unsaved<KubeObject>;

const apiVersion = 'flowcontrol.apiserver.k8s.io/v1';
const annotations = { 'apf.kubernetes.io/autoupdate-spec': 'true' };

const object = (kind: string, name: string, spec: object): NewObject =>
  ({ apiVersion, kind, metadata: { name, annotations }, spec }) as NewObject;

interface Queues {
  readonly queues: number;
  readonly handSize: number;
}

function level(name: string, shares: number, lendablePercent: number, queues: Queues | undefined): NewObject {
  const limitResponse =
    queues === undefined ? { type: 'Reject' } : { type: 'Queue', queuing: { ...queues, queueLengthLimit: 50 } };
  const limited = { nominalConcurrencyShares: shares, lendablePercent, limitResponse };
  return object('PriorityLevelConfiguration', name, { type: 'Limited', limited });
}

const few: Queues = { queues: 16, handSize: 4 };
const some: Queues = { queues: 64, handSize: 6 };
const many: Queues = { queues: 128, handSize: 6 };

const levels: readonly NewObject[] = [
  object('PriorityLevelConfiguration', 'exempt', {
    type: 'Exempt',
    exempt: { nominalConcurrencyShares: 0, lendablePercent: 0 },
  }),
  level('catch-all', 5, 0, undefined),
  level('system', 30, 33, some),
  level('node-high', 40, 25, some),
  level('leader-election', 10, 0, few),
  level('workload-high', 40, 50, many),
  level('workload-low', 100, 90, many),
  level('global-default', 20, 50, many),
];

const group = (name: string) => ({ kind: 'Group', group: { name } });
const user = (name: string) => ({ kind: 'User', user: { name } });
const account = (name: string) => ({ kind: 'ServiceAccount', serviceAccount: { namespace: 'kube-system', name } });
const everybody = [group('system:unauthenticated'), group('system:authenticated')];
const manager = user('system:kube-controller-manager');
const scheduler = user('system:kube-scheduler');

const all = ['*'];
const anyResource = { verbs: all, apiGroups: all, resources: all, namespaces: all, clusterScope: true };
const anyPath = { verbs: all, nonResourceURLs: all };
const everything = { resourceRules: [anyResource], nonResourceRules: [anyPath] };
const within = (verbs: readonly string[], apiGroups: readonly string[], resources: readonly string[]) => ({
  verbs,
  apiGroups,
  resources,
  namespaces: all,
});
const electing = { resourceRules: [within(['get', 'create', 'update'], ['coordination.k8s.io'], ['leases'])] };

interface Flow {
  readonly name: string;
  readonly level: string;
  readonly precedence: number;
  readonly by?: 'ByUser' | 'ByNamespace';
  readonly rules: readonly object[];
}

const flows: readonly Flow[] = [
  { name: 'exempt', level: 'exempt', precedence: 1, rules: [{ subjects: [group('system:masters')], ...everything }] },
  {
    name: 'catch-all',
    level: 'catch-all',
    precedence: 10_000,
    by: 'ByUser',
    rules: [{ subjects: everybody, ...everything }],
  },
  {
    name: 'probes',
    level: 'exempt',
    precedence: 2,
    rules: [
      {
        subjects: everybody,
        nonResourceRules: [{ verbs: ['get'], nonResourceURLs: ['/healthz', '/readyz', '/livez'] }],
      },
    ],
  },
  {
    name: 'system-leader-election',
    level: 'leader-election',
    precedence: 100,
    by: 'ByUser',
    rules: [{ subjects: [manager, scheduler], ...electing }],
  },
  {
    name: 'endpoint-controller',
    level: 'workload-high',
    precedence: 150,
    by: 'ByUser',
    rules: [
      {
        subjects: [manager, account('endpoint-controller'), account('endpointslicemirroring-controller')],
        resourceRules: [within(['get', 'create', 'update'], [''], ['endpoints'])],
      },
    ],
  },
  {
    name: 'workload-leader-election',
    level: 'leader-election',
    precedence: 200,
    by: 'ByUser',
    rules: [{ subjects: [account('*')], ...electing }],
  },
  {
    name: 'system-node-high',
    level: 'node-high',
    precedence: 400,
    by: 'ByUser',
    rules: [
      {
        subjects: [group('system:nodes')],
        resourceRules: [
          { ...within(all, [''], ['nodes', 'nodes/status']), clusterScope: true },
          within(all, ['coordination.k8s.io'], ['leases']),
        ],
      },
    ],
  },
  {
    name: 'system-nodes',
    level: 'system',
    precedence: 500,
    by: 'ByUser',
    rules: [{ subjects: [group('system:nodes')], ...everything }],
  },
  {
    name: 'kube-controller-manager',
    level: 'workload-high',
    precedence: 800,
    by: 'ByNamespace',
    rules: [{ subjects: [manager], ...everything }],
  },
  {
    name: 'kube-scheduler',
    level: 'workload-high',
    precedence: 800,
    by: 'ByNamespace',
    rules: [{ subjects: [scheduler], ...everything }],
  },
  {
    name: 'kube-system-service-accounts',
    level: 'workload-high',
    precedence: 900,
    by: 'ByNamespace',
    rules: [{ subjects: [account('*')], ...everything }],
  },
  {
    name: 'service-accounts',
    level: 'workload-low',
    precedence: 9000,
    by: 'ByUser',
    rules: [{ subjects: [group('system:serviceaccounts')], ...everything }],
  },
  {
    name: 'global-default',
    level: 'global-default',
    precedence: 9900,
    by: 'ByUser',
    rules: [{ subjects: everybody, ...everything }],
  },
];

function flowSchema({ name, level: levelName, precedence, by, rules }: Flow): NewObject {
  return object('FlowSchema', name, {
    priorityLevelConfiguration: { name: levelName },
    matchingPrecedence: precedence,
    ...(by === undefined ? {} : { distinguisherMethod: { type: by } }),
    rules,
  });
}

/** The priority levels of every cluster, and which requests go to which. */
export function flowControlObjects(): readonly NewObject[] {
  return [...levels, ...flows.map(flowSchema)];
}
