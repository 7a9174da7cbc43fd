// A bare HTTP/2 server whose every answer is the same: what Node can do, and this generator with it.
import { readFileSync } from 'node:fs';
import { createSecureServer } from 'node:http2';
import type { AddressInfo } from 'node:net';

const [ca = '', cert = '', key = ''] = process.argv.slice(2);
const answer = Buffer.alloc(2000, 'x');
const server = createSecureServer({
  ca: readFileSync(ca),
  cert: readFileSync(cert),
  key: readFileSync(key),
  requestCert: true,
});
server.on('stream', (stream) => {
  stream.respond({ ':status': 200, 'content-type': 'application/json', 'content-length': String(answer.length) });
  stream.end(answer);
  stream.resume();
});
server.listen(0, '127.0.0.1', () => {
  process.stdout.write(`${JSON.stringify({ port: (server.address() as AddressInfo).port })}\n`);
});
