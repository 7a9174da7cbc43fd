/** Serves port 8080: `g` asks for bytes without end, anything else for one short answer each. */
export const serverProgram = `
const net = require('node:net');
const block = Buffer.alloc(1 << 18, 'x');
net.createServer({ noDelay: true }, (socket) => {
  socket.on('error', () => {});
  socket.on('data', (data) => {
    if (data[0] !== 0x67) { socket.write('answer'); return; }
    const fill = () => { while (socket.writable && socket.write(block)); };
    socket.on('drain', fill);
    fill();
  });
}).listen({ port: 8080, host: '0.0.0.0', backlog: 1024 }, () => console.log('up'));
`;

/** `ADDRESS PORT`: how long connections take, one after the other, for 1.5 s; prints milliseconds as JSON. */
export const connectProgram = `
const net = require('node:net');
const [host, port] = process.argv.slice(1);
const start = performance.now();
const times = [];
const again = () => {
  if (times.length === 2000 || performance.now() - start > 1500) {
    const sorted = times.slice(100).sort((a, b) => a - b);
    console.log(JSON.stringify({ p50: Number(sorted[sorted.length >> 1].toFixed(3)), p99: Number(sorted[Math.floor(sorted.length * 0.99)].toFixed(3)) }));
    process.exit();
  }
  const at = performance.now();
  const socket = net.connect({ host, port: Number(port), noDelay: true }, () => {
    times.push(performance.now() - at);
    socket.resetAndDestroy();
    setImmediate(again);
  });
  socket.on('error', (error) => { console.error(error); process.exit(1); });
};
again();
`;

/**
 * `KIND MILLISECONDS ROUNDS SERVER IP:PORT…`: measures each address for so long in each round, in an order that turns, so
 * that other work on the machine hits all alike; SERVER is the process behind all of them. Prints for each address, as
 * JSON, a list of what was done a second, and a second of client's and server's processor time. The first round warms up.
 */
export const roundsProgram = `
const net = require('node:net');
const fs = require('node:fs');
const [kind, milliseconds, rounds, server, ...addresses] = process.argv.slice(1);
const at = (address) => { const [host, port] = address.split(':'); return { host, port: Number(port), noDelay: true }; };
const open = (address) => {
  const socket = net.connect(at(address));
  socket.on('error', (error) => { console.error(address, error); process.exit(1); });
  return socket;
};
const wait = (time) => new Promise((resolve) => setTimeout(resolve, time));
const processorSeconds = () => [process.pid, server]
  .map((pid) => Number(fs.readFileSync('/proc/' + pid + '/schedstat', 'utf8').split(' ')[0]) / 1e9)
  .reduce((a, b) => a + b);
const count = async (counter) => {
  const [start, busy, before] = [performance.now(), processorSeconds(), counter.value];
  await wait(Number(milliseconds));
  const done = counter.value - before;
  return [done / (performance.now() - start) * 1000, done / (processorSeconds() - busy)];
};
const kinds = {
  async bytes(address, counter) {
    const socket = open(address);
    socket.write('g');
    socket.on('data', (data) => { counter.value += data.length; });
    await wait(30);
    const value = await count(counter);
    socket.resetAndDestroy();
    return value.map((bytes) => bytes * 8 / 1e9);
  },
  async requests(address, counter) {
    const sockets = Array.from({ length: 16 }, () => open(address));
    await Promise.all(sockets.map((socket) => new Promise((resolve) => socket.once('connect', resolve))));
    for (const socket of sockets) {
      socket.on('data', () => { counter.value += 1; socket.write('r'); });
      socket.write('r');
    }
    const value = await count(counter);
    for (const socket of sockets) socket.resetAndDestroy();
    return value;
  },
  async connections(address, counter) {
    let over = false;
    const again = () => {
      if (over) return;
      const socket = open(address);
      socket.on('connect', () => { counter.value += 1; socket.resetAndDestroy(); again(); });
    };
    for (let i = 0; i < 16; i += 1) again();
    const value = await count(counter);
    over = true;
    await wait(20);
    return value;
  },
};
(async () => {
  const found = addresses.map(() => []);
  for (let round = 0; round <= Number(rounds); round += 1) {
    for (let turn = 0; turn < addresses.length; turn += 1) {
      const index = (round + turn) % addresses.length;
      const value = await kinds[kind](addresses[index], { value: 0 });
      if (round > 0) found[index].push(value);
    }
  }
  console.log(JSON.stringify(found));
  process.exit();
})();
`;
