import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Asks musl's resolver, as programs in Alpine images do: `lookup 4|6|both NAME`; prints addresses, or why there are none. */
const source = `
#include <netdb.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

int main(int argc, char **argv) {
  if (argc != 3) return 64;
  struct addrinfo hints = { 0 }, *found;
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_family = !strcmp(argv[1], "4") ? AF_INET : !strcmp(argv[1], "6") ? AF_INET6 : AF_UNSPEC;
  int error = getaddrinfo(argv[2], 0, &hints, &found);
  if (error) {
    puts(gai_strerror(error));
    return 0;
  }
  for (struct addrinfo *each = found; each; each = each->ai_next) {
    char text[64];
    getnameinfo(each->ai_addr, each->ai_addrlen, text, sizeof text, 0, 0, NI_NUMERICHOST);
    puts(text);
  }
  return 0;
}
`;

/** The program, linked statically with musl, in base64; undefined where there is no musl-gcc. */
export function buildMuslLookup(): string | undefined {
  const directory = mkdtempSync(join(tmpdir(), 'cox-musl-'));
  try {
    const [input, output] = [join(directory, 'lookup.c'), join(directory, 'lookup')];
    writeFileSync(input, source);
    execFileSync('musl-gcc', ['-static', '-Os', '-s', '-Wall', '-Werror', '-o', output, input]);
    return readFileSync(output, 'base64');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  } finally {
    rmSync(directory, { recursive: true });
  }
}
