import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { exec } from '../../src/system/exec.ts';
import { run, whyNotHere } from '../e2e/cluster.ts';
import { findClient } from './client-binaries.ts';
import { useClientsCluster } from './clients-cluster.ts';

const chart = join(import.meta.dirname, 'chart');
// These bring helm 3 and helm 4.
const clients = ['v29', 'v35'];

describe('helm', { skip: whyNotHere() ?? false, concurrency: 2 }, () => {
  const cluster = useClientsCluster();
  const home = mkdtempSync(join(tmpdir(), 'cox-helm-'));
  after(() => rmSync(home, { recursive: true, force: true }));

  for (const name of clients) {
    test(`a chart's whole life with the helm of kubectl ${name}`, { timeout: 200_000 }, async (t) => {
      const client = await findClient(name).catch((error: unknown) => {
        t.skip(`helm cannot be had: ${String(error)}`);
      });
      if (client?.helm === undefined) return;
      const namespace = `helm-${name}`;
      const env = { ...cluster.environment, HOME: home, KUBECACHEDIR: join(home, 'cache') };
      const helm = async (...argv: readonly string[]): Promise<string> => {
        const { stdout } = await exec([client.helm ?? '', '--namespace', namespace, ...argv], {
          env,
          timeoutMs: 120_000,
        });
        return stdout;
      };
      const kubectl = async (words: string): Promise<string> => {
        const argv = [client.kubectl, '--namespace', namespace, ...words.split(' ')];
        const { stdout, stderr } = await run(argv, { env, timeoutMs: 30_000 });
        return (stdout + stderr).trim();
      };
      const served = async (): Promise<string> =>
        kubectl('get deployment greeter -o jsonpath={.spec.replicas}/{.status.readyReplicas}');

      const crds = await kubectl('get crd');
      const hasCrds = !crds.includes("doesn't have a resource type");
      if (!hasCrds) t.diagnostic('without a custom resource: this server knows no CustomResourceDefinitions');
      const values = hasCrds ? [] : ['--set', 'widget=false', '--skip-crds'];

      assert.match(
        await helm('install', 'greeter', chart, '--create-namespace', '--wait', ...values),
        /STATUS: deployed\n(.*\n)*REVISION: 1\n/,
      );
      assert.equal(await served(), '1/1');
      assert.match(await kubectl('get job greeter-prepare'), /greeter-prepare +Complete +1\/1/);
      assert.match(await helm('list'), /^greeter\s+helm-\S+\s+1\s+.*\sdeployed\s+greeter-0\.1\.0\s+1\.0/m);
      assert.match(await helm('status', 'greeter'), /STATUS: deployed/);
      if (hasCrds) {
        assert.match(await kubectl('get widgets'), /^NAME +COLOUR +SIZE +AGE\ngreeter +blue +1 +\d+s$/);
        assert.match(
          await kubectl('patch wd greeter --type=merge -p {"spec":{"colour":"green"}}'),
          /Unsupported value: "green": supported values: "red", "blue"/,
        );
      }

      const upgrade = ['upgrade', 'greeter', chart, '--wait', '--set', 'replicas=2,greeting=bye', ...values];
      assert.match(await helm(...upgrade), /has been upgraded/);
      assert.equal(await served(), '2/2');
      assert.equal(await kubectl('get configmap greeter -o jsonpath={.data.greeting}'), 'bye');
      if (hasCrds) assert.equal(await kubectl('get widget greeter -o jsonpath={.spec.size}'), '2');
      assert.match(await helm('test', 'greeter', '--logs'), /Phase: +Succeeded[^]*Hello, world!/);

      assert.match(await helm('rollback', 'greeter', '1', '--wait'), /Rollback was a success/);
      assert.equal(await served(), '1/1');
      assert.equal(await kubectl('get configmap greeter -o jsonpath={.data.greeting}'), 'hello');
      assert.match(
        await helm('history', 'greeter'),
        /\n1\s.*superseded.*\n2\s.*superseded.*\n3\s.*deployed.*Rollback to 1/,
      );
      assert.equal(JSON.parse(await helm('get', 'values', 'greeter', '--all', '-o', 'json')).replicas, 1);

      assert.match(await helm('uninstall', 'greeter', '--wait'), /release "greeter" uninstalled/);
      assert.equal(
        await kubectl('get deployments,services,configmaps -l app.kubernetes.io/managed-by=Helm'),
        `No resources found in ${namespace} namespace.`,
      );
      assert.match(await helm('list'), /^NAME[^\n]*\n*$/);
      await kubectl(`delete namespace ${namespace} --wait=false`);
      if (hasCrds) assert.match(await kubectl('explain widget.spec.colour'), /The colour of it\./);
    });
  }
});
