import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import type { Deployment } from '../../api/apps/deployment.schema.ts';
import { Simulation } from '../testing/deployment-simulation.ts';
import { deployment } from '../testing/objects.ts';
import { rolloutLimits, specReplicas } from './limits.ts';

type Spec = Partial<Deployment['spec']>;

const rolling = (maxSurge: number | string, maxUnavailable: number | string): NonNullable<Spec['strategy']> => {
  return { type: 'RollingUpdate', rollingUpdate: { maxSurge, maxUnavailable } };
};

function running(spec: Spec): Simulation {
  const simulation = new Simulation(deployment('web', spec));
  simulation.run();
  return simulation;
}

function conditions({ deployment: { status } }: Simulation): readonly string[] {
  return (status.conditions ?? []).map(({ type, status: value, reason }) => `${type} ${value} ${reason}`);
}

const revision = (simulation: Simulation): string | undefined =>
  simulation.deployment.metadata.annotations?.['deployment.kubernetes.io/revision'];

describe('a rolling update', () => {
  const cases: Record<string, readonly [Spec, readonly string[]]> = {
    'one more at a time': [{ strategy: rolling(1, 0) }, ['3+1', '2+1', '2+2', '1+2', '1+3', '0+3']],
    'one fewer at a time': [{ strategy: rolling(0, 1) }, ['3+0', '2+0', '2+1', '1+1', '1+2', '0+2', '0+3']],
    'the usual quarter': [{ replicas: 4 }, ['4+1', '2+1', '2+3', '0+3', '0+4']],
    'all at once': [{ strategy: rolling('100%', '100%') }, ['3+3', '0+3']],
    'a quarter of one rounds up above and down below': [{ replicas: 1 }, ['1+1', '0+1']],
    'of nothing': [{ replicas: 0 }, ['0+0']],
  };
  for (const [name, [spec, expected]] of Object.entries(cases)) {
    it(name, () => {
      const simulation = running(spec);
      simulation.image('web:2');
      assert.deepEqual(simulation.run(), expected);
    });
  }

  it('never goes above or below what the strategy allows, and always ends', () => {
    const count = fc.oneof(
      fc.integer({ min: 0, max: 5 }),
      fc.integer({ min: 0, max: 100 }).map((n) => `${n}%`),
    );
    const ready = fc.infiniteStream(fc.integer({ min: 0, max: 3 }));
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 12 }), count, count, ready, (replicas, surge, unavailable, speed) => {
        const simulation = running({ replicas, strategy: rolling(surge, unavailable) });
        const { maxSurge, maxUnavailable } = rolloutLimits(simulation.deployment);
        simulation.image('web:2');
        const available = new Map<string, number>();
        for (const { metadata, status } of simulation.replicaSets)
          available.set(metadata.name, status.availableReplicas ?? 0);
        for (let step = 0; step < 400; step++) {
          simulation.step();
          simulation.settle(({ metadata, spec }) => {
            const more = (available.get(metadata.name) ?? 0) + (speed.next().value ?? 0);
            available.set(metadata.name, Math.min(more, spec.replicas ?? 1));
            return available.get(metadata.name) ?? 0;
          });
          const total = simulation.replicaSets.reduce((sum, replicaSet) => sum + specReplicas(replicaSet), 0);
          const up = simulation.replicaSets.reduce((sum, { status }) => sum + (status.availableReplicas ?? 0), 0);
          assert.ok(total <= replicas + maxSurge, `${total} pods`);
          assert.ok(up >= replicas - maxUnavailable, `${up} available`);
          if (simulation.sizes() === `0+${replicas}` && up === replicas) return;
        }
        assert.fail(`no end: ${simulation.sizes()}`);
      }),
      { numRuns: 60 },
    );
  });

  it('takes pods away first that do not run, and goes on past a template that never does', () => {
    const simulation = running({ strategy: rolling(1, 1) });
    simulation.image('web:broken');
    for (let step = 0; step < 5; step++) {
      simulation.step();
      simulation.settle(({ metadata, spec }) =>
        metadata.name === simulation.replicaSets[0]?.metadata.name ? (spec.replicas ?? 0) : 0,
      );
    }
    assert.equal(simulation.sizes(), '2+2');
    simulation.image('web:3');
    assert.equal(simulation.run().at(-1), '0+0+3');
  });
});

describe('a Deployment', () => {
  it('says in its events what it does', () => {
    const simulation = running({ strategy: rolling(1, 0), replicas: 2 });
    simulation.image('web:2');
    simulation.run();
    const [first, second] = simulation.replicaSets.map(({ metadata }) => metadata.name);
    assert.deepEqual(simulation.events, [
      `Scaled up replica set ${first} from 0 to 2`,
      `Scaled up replica set ${second} from 0 to 1`,
      `Scaled down replica set ${first} from 2 to 1`,
      `Scaled up replica set ${second} from 1 to 2`,
      `Scaled down replica set ${first} from 1 to 0`,
    ]);
    assert.deepEqual(conditions(simulation), [
      'Available True MinimumReplicasAvailable',
      'Progressing True NewReplicaSetAvailable',
    ]);
  });

  it('replaces all pods at once with Recreate, and not before the old ones are gone', () => {
    const simulation = running({ strategy: { type: 'Recreate' } });
    simulation.image('web:2');
    const [old] = simulation.replicaSets;
    simulation.step();
    simulation.stopping.set(old?.metadata.name ?? '', 1);
    simulation.settle();
    simulation.step();
    assert.equal(simulation.sizes(), '0');
    simulation.stopping.clear();
    assert.deepEqual(simulation.run(), ['0+3']);
  });

  it('goes back to an earlier ReplicaSet, under a new revision', () => {
    const simulation = running({});
    simulation.image('web:2');
    simulation.run();
    assert.equal(revision(simulation), '2');
    simulation.image('web:1');
    assert.equal(simulation.run().at(-1), '3+0');
    assert.equal(revision(simulation), '3');
    const annotations = simulation.replicaSets.map(({ metadata }) => [
      metadata.annotations?.['deployment.kubernetes.io/revision'],
      metadata.annotations?.['deployment.kubernetes.io/revision-history'],
    ]);
    assert.deepEqual(annotations, [
      ['3', '1'],
      ['2', undefined],
    ]);
  });

  it('keeps as many old ReplicaSets as it is told, the newest ones', () => {
    const simulation = running({ revisionHistoryLimit: 2 });
    for (const version of [2, 3, 4, 5]) {
      simulation.image(`web:${version}`);
      simulation.run();
    }
    const revisions = simulation.replicaSets.map(
      ({ metadata }) => metadata.annotations?.['deployment.kubernetes.io/revision'],
    );
    assert.deepEqual(revisions, ['3', '4', '5']);
  });

  it('stands still while it is paused, but scales', () => {
    const simulation = running({});
    simulation.change({ paused: true });
    simulation.image('web:2');
    assert.deepEqual(simulation.run(), ['3']);
    assert.ok(conditions(simulation).includes('Progressing Unknown DeploymentPaused'));
    simulation.change({ replicas: 5 });
    assert.deepEqual(simulation.run(), ['5']);
    simulation.change({ paused: false });
    assert.equal(simulation.run().at(-1), '0+5');
  });

  it('keeps the proportions when it is scaled in the middle of an update', () => {
    const simulation = running({ replicas: 10, strategy: rolling(3, 2) });
    simulation.image('web:2');
    simulation.step();
    simulation.settle(({ metadata }) => (metadata.name === simulation.replicaSets[0]?.metadata.name ? 10 : 0));
    simulation.step();
    simulation.settle(({ metadata }) => (metadata.name === simulation.replicaSets[0]?.metadata.name ? 8 : 0));
    simulation.step();
    assert.equal(simulation.sizes(), '8+5');
    simulation.change({ replicas: 15 });
    simulation.step();
    // 18 pods are allowed instead of 13: the five more are shared as 8 to 5.
    assert.equal(simulation.sizes(), '11+7');
  });

  it('has failed when it makes no progress within its deadline, and says so at that time', () => {
    const simulation = running({ progressDeadlineSeconds: 60 });
    simulation.image('web:broken');
    const first = simulation.replicaSets[0]?.metadata.name;
    const stuck = (): void =>
      simulation.settle(({ metadata, spec }) => (metadata.name === first ? (spec.replicas ?? 0) : 0));
    let wait: number | undefined;
    for (let step = 0; step < 4; step++) {
      wait = simulation.step().requeueAfterMs;
      stuck();
    }
    assert.ok(wait !== undefined && wait > 59_000 && wait <= 62_000, String(wait));
    simulation.now += wait;
    simulation.step();
    assert.ok(
      conditions(simulation).includes('Progressing False ProgressDeadlineExceeded'),
      conditions(simulation).join(),
    );
    simulation.image('web:3');
    simulation.run();
    assert.ok(
      conditions(simulation).includes('Progressing True NewReplicaSetAvailable'),
      conditions(simulation).join(),
    );
  });

  it('writes nothing when all is as it should be', () => {
    const simulation = running({});
    const before = simulation.deployment.status;
    simulation.now += 3_600_000;
    const plan = simulation.step();
    assert.deepEqual([plan.create, plan.updates, plan.deletions, plan.revision], [undefined, [], [], undefined]);
    assert.deepEqual(plan.status, before);
  });
});
