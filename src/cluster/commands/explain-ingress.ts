import type { EndpointSlice } from '../../api/discovery/endpoint-slice.schema.ts';
import type { KubeObject } from '../../api/object.ts';
import type { Resource } from '../../api/resources.ts';
import { endpointSlices, ingressClasses, ingresses, secrets, services } from '../../api/resources.ts';
import type { ApiClient } from '../../client/api-client.ts';
import type { ClusterObjects, EndpointPod, Explained } from '../../ingress/ingress.ts';
import { explainObjects } from '../../ingress/ingress.ts';
import { clientWith } from '../access.ts';
import type { FoundCluster } from '../find.ts';
import { bridgeUrl } from '../network.ts';
import { pkiFiles } from '../pki/plan.ts';
import { UserError } from '../user-error.ts';
import type { Answer } from './ask-ingress.ts';
import { askIngress } from './ask-ingress.ts';

export interface ExplainRequest {
  readonly url: URL;
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
}

export interface IngressExplanation extends Explained {
  readonly answer: Answer;
  readonly podAnswers: readonly PodAnswer[];
  /** Why pods were not asked, where they were not. */
  readonly podsNotAsked: string | undefined;
}

export interface PodAnswer extends EndpointPod {
  readonly answer: Answer;
}

/** More tell no more. */
const mostPods = 5;
const safeMethods = ['GET', 'HEAD', 'OPTIONS'];

/** What happens to a request, by the cluster's objects and by asking: nginx, then the pods behind it themselves. */
export async function explainIngress(
  { config, paths }: FoundCluster,
  request: ExplainRequest,
): Promise<IngressExplanation> {
  const pki = pkiFiles(paths.pki);
  const { client, close } = clientWith({ server: bridgeUrl(config), pki, identity: pki.admin, userAgent: 'cox' });
  const { url, method } = request;
  try {
    const objects = await readObjects(client).catch((error: unknown) => {
      throw new UserError(`the API server of cluster "${config.name}" does not answer; "cox up" starts it.`, {
        cause: error,
      });
    });
    const asked = { secure: url.protocol === 'https:', host: url.hostname, path: url.pathname };
    const explained = explainObjects(objects, asked, Date.now());
    const port = asked.secure ? config.httpsPort : config.httpPort;
    const isSafe = safeMethods.includes(method);
    const pods = isSafe ? explained.pods.slice(0, mostPods) : [];
    const [answer, ...podAnswers] = await Promise.all([
      askIngress({ ...request, port }),
      ...pods.map((pod) => askPod(client, pod, { method, path: explained.backendPath + url.search })),
    ]);
    return {
      ...explained,
      answer,
      podAnswers: pods.flatMap((pod, index) => {
        const said = podAnswers[index];
        return said === undefined ? [] : [{ ...pod, answer: said }];
      }),
      podsNotAsked: isSafe ? undefined : `${method} may change something, and nginx has asked one of them already`,
    };
  } finally {
    await close();
  }
}

async function readObjects(client: ApiClient): Promise<ClusterObjects> {
  const all = async <T extends KubeObject>(resource: Resource<T>): Promise<readonly T[]> =>
    (await client.list(resource)).items;
  const [ingressList, classes, serviceList, slices, secretList] = await Promise.all([
    all(ingresses),
    all(ingressClasses),
    all(services),
    all<EndpointSlice>(endpointSlices),
    all(secrets),
  ]);
  return { ingresses: ingressList, classes, services: serviceList, slices, secrets: secretList };
}

/** Asks one pod through the API server, past Service and nginx. */
async function askPod(
  client: ApiClient,
  { namespace, pod, port, scheme }: EndpointPod,
  { method, path }: { readonly method: string; readonly path: string },
): Promise<Answer> {
  const name = `${scheme === 'https' ? 'https:' : ''}${pod}:${port}`;
  try {
    const { status, body } = await client.raw(method, `/api/v1/namespaces/${namespace}/pods/${name}/proxy${path}`);
    return { status, text: body.toString('utf8', 0, 200), headers: {} };
  } catch (error) {
    return { error: error instanceof Error ? error.message : String(error) };
  }
}
