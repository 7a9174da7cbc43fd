// Builds service.bpf.o from service.bpf.c with clang, and notes what it was built from: node src/proxy/socket/build.ts
import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { exec } from '../../system/exec.ts';

const file = (name: string): string => join(import.meta.dirname, name);
const include = `/usr/include/${process.arch === 'arm64' ? 'aarch64' : 'x86_64'}-linux-gnu`;
await exec(
  ['clang', '-target', 'bpf', '-O2', '-Wall', '-Werror', `-I${include}`, '-c', 'service.bpf.c', '-o', 'service.bpf.o'],
  { cwd: import.meta.dirname, timeoutMs: 60_000 },
);
const digests = ['service.bpf.c', 'service.bpf.o'].map((name) => {
  return `${createHash('sha256')
    .update(readFileSync(file(name)))
    .digest('hex')}  ${name}\n`;
});
writeFileSync(file('service.bpf.sha256'), digests.join(''));
