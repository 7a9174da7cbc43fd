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

/** `KIND ADDRESS PORT`: measures for 1.5 s, and prints what it found as JSON. */
export const clientProgram = `
const net = require('node:net');
const [kind, host, port] = process.argv.slice(1);
const seconds = 1.5;
const start = performance.now();
const over = () => performance.now() - start > seconds * 1000;
const open = (then) => {
  const socket = net.connect({ host, port: Number(port), noDelay: true }, () => then(socket));
  socket.on('error', (error) => { console.error(error); process.exit(1); });
  return socket;
};
const finish = (result) => { console.log(JSON.stringify(result)); process.exit(); };
let count = 0;
const perSecond = () => Math.round(count / (performance.now() - start) * 1000);
if (kind === 'bytes') {
  open((socket) => socket.write('g'))
    .on('data', (data) => { count += data.length; if (over()) finish({ value: Number((perSecond() * 8 / 1e9).toFixed(2)) }); });
} else if (kind === 'requests') {
  for (let i = 0; i < 16; i += 1) open((socket) => socket.write('r'))
    .on('data', function () { count += 1; if (over()) finish({ value: perSecond() }); this.write('r'); });
} else if (kind === 'connections') {
  const again = () => { if (over()) finish({ value: perSecond() }); else open((socket) => { count += 1; socket.resetAndDestroy(); again(); }); };
  for (let i = 0; i < 16; i += 1) again();
} else {
  const times = [];
  const again = () => {
    if (times.length === 2000 || over()) {
      const sorted = times.slice(100).sort((a, b) => a - b);
      finish({ p50: Number(sorted[sorted.length >> 1].toFixed(3)), p99: Number(sorted[Math.floor(sorted.length * 0.99)].toFixed(3)) });
    }
    const at = performance.now();
    open((socket) => { times.push(performance.now() - at); socket.resetAndDestroy(); setImmediate(again); });
  };
  again();
}
`;
