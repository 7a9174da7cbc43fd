import { createHash } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import { join } from 'node:path';
import type { Service } from '../api/core/service.schema.ts';
import type { EndpointSlice } from '../api/discovery/endpoint-slice.schema.ts';
import type { IngressClass } from '../api/networking/ingress-class.schema.ts';
import type { Ingress } from '../api/networking/ingress.schema.ts';
import type { KubeObject } from '../api/object.ts';
import { endpointSlices, ingressClasses, ingresses, services } from '../api/resources.ts';
import type { Informer } from '../client/informer.ts';
import { keyOf } from '../client/informer.ts';
import { writeFileAtomic } from '../system/files.ts';
import type { IngressMetrics } from './metrics.ts';
import type { RouteTable, ServiceBackend } from './model/route-table.ts';
import { backendId } from './model/route-table.ts';
import { NginxApplier } from './nginx/applier.ts';
import { EndpointPusher } from './nginx/endpoint-pusher.ts';
import { NginxRefusal } from './nginx/nginx-test.ts';
import { renderNginx } from './nginx/render.ts';
import type { NginxSettings } from './nginx/settings.ts';
import { nginxFiles } from './nginx/settings.ts';
import type { IngressOptions } from './options.ts';
import { tableBackends } from './plan/backends.ts';
import type { Certificate } from './plan/certificates.ts';
import { readCertificate } from './plan/certificates.ts';
import { claim } from './plan/class.ts';
import { planEndpoints } from './plan/endpoints.ts';
import type { Problem } from './plan/problem.ts';
import { planRoutes, referencedSecrets } from './plan/routes.ts';
import { Refusals } from './refusals.ts';
import { Reporter } from './reporter.ts';
import { SecretWatcher } from './secret-watcher.ts';
import { SerialLoop } from './serial-loop.ts';

export interface ControllerOptions extends IngressOptions {
  readonly controllerName: string;
  readonly lease: { readonly name: string; readonly namespace: string };
  readonly metrics: IngressMetrics;
  readonly settings: NginxSettings;
  /** The Lua module's name. */
  readonly balancer: string;
}

const serviceNameLabel = 'kubernetes.io/service-name';

/**
 * One node's controller. Rules and certificates go by one loop, whose runs end with a reload; endpoints go by another,
 * which never waits for it.
 */
export class IngressController {
  readonly #options: ControllerOptions;
  readonly #ingresses: Informer<Ingress>;
  readonly #classes: Informer<IngressClass>;
  readonly #services: Informer<Service>;
  readonly #slices: Informer<EndpointSlice>;
  readonly #secrets: SecretWatcher;
  readonly #applier: NginxApplier;
  readonly #pusher: EndpointPusher;
  readonly #reporter: Reporter;
  readonly #routes: SerialLoop;
  readonly #refusals = new Refusals();
  /** The backends of what nginx serves. */
  #served: readonly ServiceBackend[] = [];
  /** Those whose endpoints are followed, by the key of their Service: of what nginx serves, and of what it is to serve. */
  #backends = new Map<string, readonly ServiceBackend[]>();
  #synced = false;
  #ready = false;

  constructor(options: ControllerOptions) {
    const { client, informers, recorder, logger, directory, nodeName, publishAddresses, lease, metrics } = options;
    this.#options = options;
    this.#ingresses = informers.informer(ingresses);
    this.#classes = informers.informer(ingressClasses);
    this.#services = informers.informer(services);
    this.#slices = informers.informer(endpointSlices);
    this.#secrets = new SecretWatcher({ client, logger, changed: () => this.#routesChanged() });
    this.#applier = new NginxApplier({ directory });
    this.#pusher = new EndpointPusher({ directory, logger, pushed: (seconds) => metrics.pushed(seconds) });
    const current = (key: string): Ingress | undefined => this.#ingresses.get(key);
    this.#reporter = new Reporter({ client, recorder, logger, nodeName, publishAddresses, lease, current });
    this.#routes = new SerialLoop({
      run: () => this.#syncRoutes(),
      failed: (err, retryInMs) => {
        metrics.refused();
        logger.error(
          { err, retryInMs },
          'cannot bring the rules into nginx, which serves the last good ones; trying again',
        );
      },
      coalesceMs: 2,
    });
  }

  async run(signal: AbortSignal): Promise<void> {
    this.#slices.addIndex('service', (slice) => [serviceKeyOf(slice) ?? '']);
    this.#ingresses.addHandlers({
      add: (ingress) => this.#ingressChanged(ingress, undefined),
      update: (ingress, old) => this.#ingressChanged(ingress, old),
      delete: () => this.#routesChanged(),
    });
    watch(this.#classes, () => this.#routesChanged());
    watch(this.#services, (service, old) => this.#serviceChanged(service, old));
    watch(this.#slices, (slice, old) => {
      this.#endpointsChanged(serviceKeyOf(slice));
      // A slice may be handed from one Service to another.
      if (old !== undefined) this.#endpointsChanged(serviceKeyOf(old));
    });
    const informers = [this.#ingresses, this.#classes, this.#services, this.#slices];
    const running = Promise.all(informers.map((informer) => informer.start(signal)));
    // Rules made from half of the objects would take away what nginx serves.
    const begun = Promise.all(informers.map((informer) => informer.synced)).then(
      () => {
        this.#synced = true;
        this.#routes.request();
      },
      () => undefined,
    );
    await Promise.all([running, begun, this.#reporter.run(signal)]);
    await this.#routes.close();
    await Promise.all([this.#pusher.close(), this.#secrets.close()]);
  }

  #routesChanged(): void {
    if (this.#synced) this.#routes.request();
  }

  #ingressChanged(ingress: Ingress, old: Ingress | undefined): void {
    if (!this.#synced) return;
    const isSame =
      old !== undefined &&
      isDeepStrictEqual([ingress.spec, ingress.metadata.annotations], [old.spec, old.metadata.annotations]);
    if (isSame) return this.#reporter.check();
    const { controllerName } = this.#options;
    if (claim(ingress, this.#classes.list(), controllerName) === 'ours') this.#reporter.scheduled(ingress);
    this.#routes.request();
  }

  #serviceChanged(service: Service, old: Service | undefined): void {
    this.#endpointsChanged(keyOf(service));
    const isOutside = (one: Service | undefined): boolean => one?.spec.type === 'ExternalName';
    // Where an outside name leads is part of the configuration.
    if (isOutside(service) || isOutside(old)) this.#routesChanged();
  }

  #endpointsChanged(serviceKey: string | undefined): void {
    if (serviceKey === undefined || !this.#backends.has(serviceKey)) return;
    for (const backend of this.#backends.get(serviceKey) ?? []) this.#planEndpoints(backend, serviceKey);
    void this.#pusher.push();
  }

  #planEndpoints(backend: ServiceBackend, serviceKey: string): void {
    const slices = this.#slices.byIndex('service', serviceKey);
    this.#pusher.table.set(backendId(backend), planEndpoints(backend, this.#services.get(serviceKey), slices));
  }

  async #syncRoutes(): Promise<void> {
    const start = performance.now();
    const { logger, metrics } = this.#options;
    const { ours, problems } = this.#claimed();
    for (;;) {
      const served = this.#refusals.substitute(ours);
      await this.#secrets.want(referencedSecrets(served));
      const certificates = new Map<string, Certificate>();
      const certificate = (key: string): ReturnType<typeof readCertificate> => {
        const found = readCertificate(this.#secrets.get(key));
        if ('pem' in found) certificates.set(key, found);
        return found;
      };
      const plan = planRoutes(served, { certificate, externalName: (...address) => this.#externalName(...address) });
      const reloaded = await this.#apply(plan.table, certificates);
      if (reloaded === undefined) continue;
      this.#refusals.accept(served);
      this.#reporter.update({
        served: served.map(keyOf),
        problems: [...problems, ...plan.problems, ...this.#refusals.problems],
      });
      if (reloaded) {
        const durationMs = performance.now() - start;
        metrics.reloaded(durationMs / 1000);
        metrics.size(plan.table.hosts.length);
        logger.info({ hosts: plan.table.hosts.length, ingresses: served.length, durationMs }, 'nginx serves new rules');
      }
      break;
    }
    if (this.#ready) return;
    this.#ready = true;
    this.#options.onReady?.();
  }

  /** The Ingresses to serve, and complaints about those that nobody will. */
  #claimed(): { readonly ours: readonly Ingress[]; readonly problems: readonly Problem[] } {
    const classes = this.#classes.list();
    const ours: Ingress[] = [];
    const problems: Problem[] = [];
    for (const ingress of this.#ingresses.list()) {
      const owner = claim(ingress, classes, this.#options.controllerName);
      if (owner === 'ours') ours.push(ingress);
      if (owner !== 'unknown') continue;
      const { apiVersion, kind, metadata, spec } = ingress;
      const { namespace, name, uid } = metadata;
      const className = spec.ingressClassName ?? metadata.annotations?.['kubernetes.io/ingress.class'];
      const message = `IngressClass ${JSON.stringify(className)} does not exist, so nothing serves this Ingress`;
      problems.push({ source: { apiVersion, kind, namespace, name, uid }, reason: 'UnknownClass', message });
    }
    return { ours, problems };
  }

  #externalName(namespace: string, name: string): string | undefined {
    const spec = this.#services.get(`${namespace}/${name}`)?.spec;
    return spec?.type === 'ExternalName' ? spec.externalName : undefined;
  }

  /** Whether nginx had to be reloaded; undefined where it refused an Ingress that will be left out the next time. */
  async #apply(table: RouteTable, certificates: ReadonlyMap<string, Certificate>): Promise<boolean | undefined> {
    const { settings, balancer, metrics, logger, directory } = this.#options;
    const files = await writeCertificates(nginxFiles(directory).certificates, certificates);
    const certificateFile = (key: string): string => files.get(key) ?? nginxFiles(directory).defaultCertificate;
    const rendered = renderNginx({ table, settings, balancer, certificateFile });
    const wanted = tableBackends(table);
    this.#follow([...this.#served, ...wanted]);
    // Endpoints first, so that no new route is without them; they need no reload.
    await this.#pusher.push();
    try {
      const reloaded = await this.#applier.apply(rendered);
      // Requests that old processes still carry have chosen their endpoints already.
      this.#served = wanted;
      this.#follow(wanted);
      this.#pusher.table.retain(new Set(wanted.map(backendId)));
      void this.#pusher.push();
      await this.#applier.pruneCertificates(new Set(files.values()));
      return reloaded;
    } catch (error) {
      const source =
        error instanceof NginxRefusal && error.line !== undefined ? rendered.sourceOf(error.line) : undefined;
      if (!(error instanceof NginxRefusal) || source === undefined) throw error;
      metrics.refused();
      const { namespace, name } = source;
      const message = `nginx does not take this Ingress: ${error.message}`;
      if (!this.#refusals.refuse(source, message)) throw error;
      logger.warn(
        { ingress: `${namespace}/${name}`, reason: error.message },
        'nginx does not take an Ingress; leaving it out',
      );
      return undefined;
    }
  }

  #follow(backends: readonly ServiceBackend[]): void {
    this.#backends = Map.groupBy(backends, ({ namespace, service }) => `${namespace}/${service}`);
    for (const [serviceKey, group] of this.#backends) {
      for (const backend of group) this.#planEndpoints(backend, serviceKey);
    }
  }
}

/** Writes each key pair into a file named by its content, so that files in use never change. */
async function writeCertificates(
  directory: string,
  certificates: ReadonlyMap<string, Certificate>,
): Promise<ReadonlyMap<string, string>> {
  const files = new Map<string, string>();
  for (const [key, { pem }] of certificates) {
    const path = join(directory, `${createHash('sha256').update(pem).digest('hex').slice(0, 32)}.pem`);
    await writeFileAtomic(path, pem);
    files.set(key, path);
  }
  return files;
}

function watch<T extends KubeObject>(informer: Informer<T>, changed: (object: T, old: T | undefined) => void): void {
  informer.addHandlers({
    add: (object) => changed(object, undefined),
    update: changed,
    delete: (object) => changed(object, undefined),
  });
}

function serviceKeyOf({ metadata }: EndpointSlice): string | undefined {
  const name = metadata.labels?.[serviceNameLabel];
  return name === undefined || name === '' ? undefined : `${metadata.namespace}/${name}`;
}
