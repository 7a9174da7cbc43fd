import { isDeepStrictEqual } from 'node:util';
import type { ConfigMap } from '../api/core/config-map.schema.ts';
import type { Secret } from '../api/core/secret.schema.ts';
import type { Service } from '../api/core/service.schema.ts';
import type { EndpointSlice } from '../api/discovery/endpoint-slice.schema.ts';
import type { IngressClass } from '../api/networking/ingress-class.schema.ts';
import type { Ingress } from '../api/networking/ingress.schema.ts';
import type { KubeObject } from '../api/object.ts';
import { configMaps, endpointSlices, ingressClasses, ingresses, secrets, services } from '../api/resources.ts';
import type { Informer } from '../client/informer.ts';
import { keyOf } from '../client/informer.ts';
import { memo } from './memo.ts';
import type { IngressMetrics } from './metrics.ts';
import type { ServiceBackend, Source } from './model/route-table.ts';
import type { PathPattern } from './model/values.ts';
import { NginxApplier } from './nginx/applier.ts';
import { pruneTlsFiles, writeTlsFiles } from './nginx/backend-tls.ts';
import { ControlClient } from './nginx/control-client.ts';
import { PatternChecker } from './nginx/pattern-checker.ts';
import type { Profile } from './nginx/profile.ts';
import { tableProfiles } from './nginx/profile.ts';
import { renderNginx } from './nginx/render.ts';
import type { NginxSettings } from './nginx/settings.ts';
import { nginxFiles } from './nginx/settings.ts';
import { StatePusher } from './nginx/state-pusher.ts';
import { endpointsKey, routeEntries, tablePatterns } from './nginx/wire.ts';
import type { IngressOptions } from './options.ts';
import { tableBackends } from './plan/backends.ts';
import type { Certificate } from './plan/certificates.ts';
import { readCertificate } from './plan/certificates.ts';
import { claim } from './plan/class.ts';
import { diagnose } from './diagnosis/diagnose.ts';
import { planEndpoints } from './plan/endpoints.ts';
import type { ReadGlobal } from './plan/global/read-global.ts';
import { globalConfigMap, noGlobal, readGlobal } from './plan/global/read-global.ts';
import { parameterProblems, pathHandling } from './plan/path-handling.ts';
import { IncrementalPlan } from './plan/incremental.ts';
import type { RouteContext, RoutePlan } from './plan/routes.ts';
import { referencedSecrets } from './plan/routes.ts';
import { ObjectWatcher } from './object-watcher.ts';
import { Reporter } from './reporter.ts';
import { SerialLoop } from './serial-loop.ts';

export interface ControllerOptions extends IngressOptions {
  readonly controllerName: string;
  readonly lease: { readonly name: string; readonly namespace: string };
  readonly metrics: IngressMetrics;
  readonly settings: NginxSettings;
  /** Where the Lua modules are, as `require` takes it. */
  readonly luaPath: string;
}

const certificateOf = memo((secret: Secret) => readCertificate(secret));
const serviceNameLabel = 'kubernetes.io/service-name';

/**
 * One node's controller. Rules and certificates are planned as a whole by a loop, which reloads nginx only where they
 * need settings that it does not have yet; endpoints are told as they change, and never wait for that.
 */
export class IngressController {
  readonly #options: ControllerOptions;
  readonly #ingresses: Informer<Ingress>;
  readonly #classes: Informer<IngressClass>;
  readonly #services: Informer<Service>;
  readonly #slices: Informer<EndpointSlice>;
  readonly #secrets: ObjectWatcher<Secret>;
  readonly #configMaps: ObjectWatcher<ConfigMap>;
  readonly #applier: NginxApplier;
  readonly #pusher: StatePusher;
  readonly #patterns: PatternChecker;
  readonly #reporter: Reporter;
  readonly #routes: SerialLoop;
  /** The backends of what nginx serves, by the key of their Service. */
  #backends = new Map<string, readonly ServiceBackend[]>();
  /** The settings that nginx's configuration has, and those of them that its routes use; undefined at the start. */
  #profiles: ReadonlyMap<string, Profile> | undefined;
  #usedProfiles: ReadonlyMap<string, Profile> = new Map();
  /** What the ConfigMap said when the configuration was made. */
  #global: ReadGlobal['settings'] = noGlobal.settings;
  /** Plans of what is known of expressions: nothing, or all that nginx has said. */
  readonly #plans = { unchecked: new IncrementalPlan(), checked: new IncrementalPlan() };
  #epoch = 0;
  #synced = false;
  #ready = false;

  constructor(options: ControllerOptions) {
    const { client, informers, recorder, logger, directory, nodeName, publishAddresses, lease, metrics } = options;
    this.#options = options;
    this.#ingresses = informers.informer(ingresses);
    this.#classes = informers.informer(ingressClasses);
    this.#services = informers.informer(services);
    this.#slices = informers.informer(endpointSlices);
    // Plans know by themselves which Secrets they were made from.
    const request = (): void => this.#requestRoutes();
    this.#secrets = new ObjectWatcher({ client, logger, changed: request, resource: secrets });
    const changed = (): void => this.#routesChanged();
    this.#configMaps = new ObjectWatcher({ client, logger, changed, resource: configMaps });
    const files = nginxFiles(directory);
    const control = new ControlClient(files.controlSocket);
    const pushed = (seconds: number): void => metrics.pushed(seconds);
    this.#applier = new NginxApplier({ directory, control });
    this.#pusher = new StatePusher({ control, file: files.state, logger, pushed });
    this.#patterns = new PatternChecker(control);
    const current = (key: string): Ingress | undefined => this.#ingresses.get(key);
    const exists = ({ kind, namespace, name, uid }: Source): boolean => {
      if (kind === 'IngressClass') return this.#classes.list().some(({ metadata }) => metadata.uid === uid);
      const key = `${namespace}/${name}`;
      return (kind === 'ConfigMap' ? this.#configMaps.get(key) : current(key))?.metadata.uid === uid;
    };
    this.#reporter = new Reporter({
      client,
      recorder,
      logger,
      nodeName,
      publishAddresses,
      lease,
      current,
      exists,
    });
    this.#routes = new SerialLoop({
      run: () => this.#syncRoutes(),
      failed: (err, retryInMs) => {
        metrics.failed();
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
      delete: () => this.#requestRoutes(),
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
    await Promise.all([this.#pusher.close(), this.#secrets.close(), this.#configMaps.close()]);
  }

  /** Something has changed that all plans may depend on. */
  #routesChanged(): void {
    this.#epoch += 1;
    this.#requestRoutes();
  }

  #requestRoutes(): void {
    if (this.#synced) this.#routes.request();
  }

  #ingressChanged(ingress: Ingress, old: Ingress | undefined): void {
    if (!this.#synced) return;
    const isSame =
      old !== undefined &&
      isDeepStrictEqual([ingress.spec, ingress.metadata.annotations], [old.spec, old.metadata.annotations]);
    if (isSame) return this.#reporter.check();
    if (this.#isOurs(ingress)) this.#reporter.scheduled(ingress);
    this.#routes.request();
  }

  #serviceChanged(service: Service, old: Service | undefined): void {
    this.#endpointsChanged(keyOf(service));
    this.#reporter.look();
    const isOutside = (one: Service | undefined): boolean => one?.spec.type === 'ExternalName';
    // Where an outside name leads is part of the configuration.
    if (isOutside(service) || isOutside(old)) this.#routesChanged();
  }

  #endpointsChanged(serviceKey: string | undefined): void {
    if (serviceKey === undefined || !this.#backends.has(serviceKey)) return;
    for (const backend of this.#backends.get(serviceKey) ?? []) {
      this.#pusher.table.set(endpointsKey(backend), this.#planEndpoints(backend, serviceKey));
    }
    void this.#pusher.push();
    this.#reporter.look();
  }

  #planEndpoints(backend: ServiceBackend, serviceKey: string): string {
    const slices = this.#slices.byIndex('service', serviceKey);
    return planEndpoints(backend, this.#services.get(serviceKey), slices).join(',');
  }

  async #syncRoutes(): Promise<void> {
    const start = performance.now();
    const { logger, metrics } = this.#options;
    const ours = this.#ingresses.list().filter((ingress) => this.#isOurs(ingress));
    const secretKeys = referencedSecrets(ours);
    await Promise.all([this.#secrets.want(secretKeys), this.#configMaps.want(new Set([globalConfigMap]))]);
    const global = readGlobal(this.#configMaps.get(globalConfigMap));
    // All that follows is made from the Secrets as they are at this moment.
    const secretsNow = new Map([...secretKeys].map((key) => [key, this.#secrets.get(key)]));
    const certificates = new Map<string, Certificate>();
    for (const [key, secret] of secretsNow) {
      const found = secret === undefined ? undefined : certificateOf(secret);
      if (found !== undefined && 'pem' in found) certificates.set(key, found);
    }
    const plan = await this.#plan(ours, secretsNow, global);
    const reloaded = await this.#configure(tableProfiles(plan.table), global);
    const backends = tableBackends(plan.table);
    const knownBackends = this.#backends;
    this.#backends = Map.groupBy(backends, ({ namespace, service }) => `${namespace}/${service}`);
    const entries = new Map(routeEntries(plan.table, certificates));
    for (const [serviceKey, group] of this.#backends) {
      for (const backend of group) {
        const key = endpointsKey(backend);
        // Those of known backends are kept up to date as they change.
        const known = knownBackends.has(serviceKey) ? this.#pusher.table.get(key) : undefined;
        entries.set(key, known ?? this.#planEndpoints(backend, serviceKey));
      }
    }
    // All at once: no route is ever without its endpoints or its certificate.
    this.#pusher.table.replace(['h:', 'c:', 'b:', 'u:', 'a:'], entries);
    const changed = reloaded || this.#pusher.table.hasChanges;
    if (!(await this.#pusher.push())) throw new Error('nginx does not answer');
    this.#usedProfiles = tableProfiles(plan.table);
    const problems = (): ReturnType<typeof diagnose> => [
      ...global.problems,
      ...parameterProblems(this.#classes.list(), this.#options.controllerName),
      ...this.#diagnose(ours, plan, certificates),
    ];
    this.#reporter.update({ served: ours.map(keyOf), problems });
    const durationMs = performance.now() - start;
    const hosts = plan.table.hosts.length;
    metrics.applied(hosts, durationMs / 1000);
    if (changed) {
      const counts = { hosts, ingresses: ours.length, problems: plan.problems.length };
      logger.info({ ...counts, reloaded, durationMs }, 'nginx serves new rules');
    }
    if (this.#ready) return;
    this.#ready = true;
    this.#options.onReady?.();
  }

  /** Plans with what is known of Secrets, Services and patterns. */
  async #plan(
    ours: readonly Ingress[],
    secretsNow: ReadonlyMap<string, Secret | undefined>,
    global: ReadGlobal,
  ): Promise<RoutePlan> {
    const context: RouteContext = {
      global,
      handling: (ingress) => pathHandling(ingress, this.#classes.list()),
      externalName: (namespace, name) => this.#externalName(namespace, name),
      patternProblem: () => undefined,
      secret: (key) => secretsNow.get(key),
      certificate: (key) => {
        const secret = secretsNow.get(key);
        return secret === undefined ? readCertificate(undefined) : certificateOf(secret);
      },
    };
    const surroundings = { epoch: this.#epoch, secret: (key: string) => secretsNow.get(key) };
    const plan = this.#plans.unchecked.plan(ours, context, surroundings);
    const patterns = tablePatterns(plan.table);
    await this.#patterns.learn(patterns);
    if (patterns.every((pattern) => this.#patterns.problem(pattern) === undefined)) return plan;
    const checked = { ...context, patternProblem: (pattern: PathPattern) => this.#patterns.problem(pattern) };
    return this.#plans.checked.plan(ours, checked, surroundings);
  }

  /** Makes nginx have these settings, and those that its routes use until they are replaced; whether it reloaded. */
  async #configure(needed: ReadonlyMap<string, Profile>, { settings: global }: ReadGlobal): Promise<boolean> {
    const known = this.#profiles;
    const isSame = isDeepStrictEqual(global, this.#global);
    if (isSame && known !== undefined && [...needed.keys()].every((name) => known.has(name))) return false;
    const start = performance.now();
    const { settings, luaPath, metrics } = this.#options;
    const profiles = new Map([...this.#usedProfiles, ...needed]);
    await writeTlsFiles(settings.directory, profiles.values());
    const reloaded = await this.#applier.apply(renderNginx({ settings, luaPath, profiles, global }));
    await pruneTlsFiles(settings.directory, profiles.values());
    this.#profiles = profiles;
    this.#global = global;
    if (reloaded) metrics.reloaded((performance.now() - start) / 1000);
    return reloaded;
  }

  #isOurs(ingress: Ingress): boolean {
    return claim(ingress, this.#classes.list(), this.#options.controllerName) === 'ours';
  }

  /** What is wrong now with what was planned; Services and endpoints may have changed since. */
  #diagnose(ours: readonly Ingress[], plan: RoutePlan, certificates: ReadonlyMap<string, Certificate>) {
    return diagnose(
      { ingresses: this.#ingresses.list(), ours, plan },
      {
        classes: this.#classes.list(),
        service: (key) => this.#services.get(key),
        slices: (key) => this.#slices.byIndex('service', key),
        certificate: (key) => certificates.get(key),
        nowMs: Date.now(),
      },
    );
  }

  #externalName(namespace: string, name: string): string | undefined {
    const spec = this.#services.get(`${namespace}/${name}`)?.spec;
    return spec?.type === 'ExternalName' ? spec.externalName : undefined;
  }
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
