import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { MapChange } from '../helper/messages.ts';
import type { MapContents } from './kernel-state.ts';
import { KernelState } from './kernel-state.ts';

/** Maps as the kernel keeps them; after each change every Service must have all its endpoints. */
class FakeMaps {
  readonly maps = { clients: new Map(), services: new Map(), backends: new Map(), members: new Map() } as Record<
    string,
    Map<string, Uint8Array>
  >;

  apply(changes: readonly MapChange[]): void {
    for (const { map, key, value } of changes) {
      const hex = Buffer.from(key).toString('hex');
      if (value === undefined) this.maps[map]?.delete(hex);
      else this.maps[map]?.set(hex, value);
      this.#checkWhole();
    }
  }

  #checkWhole(): void {
    for (const value of this.maps['services']?.values() ?? []) {
      const view = new DataView(value.buffer);
      for (let index = 0; index < view.getUint32(4, true); index += 1) {
        const key = Buffer.from(Uint32Array.of(view.getUint32(0, true), index).buffer).toString('hex');
        assert.ok(this.maps['backends']?.has(key), 'a socket would see half a Service');
      }
    }
  }

  contents(): MapContents {
    const entries = (map: string) =>
      [...(this.maps[map] ?? [])].map(([key, value]) => [new Uint8Array(Buffer.from(key, 'hex')), value] as const);
    return {
      services: entries('services'),
      backends: entries('backends'),
      members: entries('members'),
      clients: entries('clients'),
    };
  }

  sizes(): Record<string, number> {
    return Object.fromEntries(Object.entries(this.maps).map(([name, map]) => [name, map.size]));
  }
}

const to = (...ports: readonly number[]) => ports.map((port) => ({ ip: '10.233.64.7', port }));
const tcp = '10.233.0.10 6 80';
const udp = '10.233.0.10 17 53';

test('a Service changes without a moment in which it is half there, and leaves nothing', () => {
  const [maps, state] = [new FakeMaps(), new KernelState()];
  maps.apply(state.setService(tcp, to(1, 2, 3)));
  maps.apply(state.setService(udp, to(1)));
  assert.deepEqual(state.setService(tcp, to(1, 2, 3)), [], 'what is right is not sent again');
  maps.apply(state.setService(tcp, to(4)));
  maps.apply(state.setClients(new Set([5n, 6n])));
  assert.deepEqual(maps.sizes(), { clients: 2, services: 2, backends: 2, members: 1 });
  for (const key of [tcp, udp]) maps.apply(state.setService(key, undefined));
  maps.apply(state.setClients(new Set()));
  assert.deepEqual(maps.sizes(), { clients: 0, services: 0, backends: 0, members: 0 });
});

test('the next proxy finds everything and sends nothing; what was damaged it mends', () => {
  const [maps, first] = [new FakeMaps(), new KernelState()];
  maps.apply(first.setService(tcp, to(1, 2)));
  maps.apply(first.setService(udp, to(1)));
  maps.apply(first.setClients(new Set([1n])));
  const next = new KernelState();
  assert.deepEqual(next.adopt(maps.contents()), []);
  assert.deepEqual([...next.keys()], [tcp, udp]);
  assert.deepEqual([...next.setService(tcp, to(1, 2)), ...next.setService(udp, to(1))], []);
  assert.deepEqual(next.setClients(new Set([1n])), []);

  const [memberKey] = maps.maps['members']?.keys() ?? [];
  maps.maps['members']?.delete(memberKey ?? '');
  const third = new KernelState();
  maps.apply(third.adopt(maps.contents()));
  assert.deepEqual([...third.keys()], [tcp], 'the damaged one is taken away');
  maps.apply(third.setService(udp, to(1)));
  assert.deepEqual(maps.sizes(), { clients: 1, services: 2, backends: 3, members: 1 });
});
