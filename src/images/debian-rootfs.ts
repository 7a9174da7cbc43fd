import { readFileSync } from 'node:fs';
import type { ExecResult } from '../system/exec.ts';
import { exec } from '../system/exec.ts';

/**
 * Makes a root file system of Debian (or Ubuntu) packages and what they depend on, as a tar file, from the
 * package sources that this machine uses. Packages are unpacked, none of their scripts is run.
 */
export async function buildRootfs(options: {
  packages: readonly string[];
  output: string;
  signal?: AbortSignal;
}): Promise<void> {
  const { codename, sources } = await machineSources();
  await exec(
    [
      'mmdebstrap',
      '--mode=root',
      '--variant=extract',
      `--include=${options.packages.join(',')}`,
      '--dpkgopt=path-exclude=/usr/share/doc/*',
      '--dpkgopt=path-exclude=/usr/share/man/*',
      '--dpkgopt=path-exclude=/usr/share/locale/*',
      // Their scripts would have made these; the containers need no more of them.
      '--customize-hook=printf "root:x:0:0:root:/root:/bin/bash\\nnobody:x:65534:65534:nobody:/:/usr/sbin/nologin\\n" > "$1/etc/passwd"',
      '--customize-hook=printf "root:x:0:\\nnogroup:x:65534:\\n" > "$1/etc/group"',
      '--customize-hook=printf "hosts: files dns\\n" > "$1/etc/nsswitch.conf"',
      '--customize-hook=rm -rf "$1/var/lib/apt" "$1/var/cache/apt" "$1/var/lib/dpkg" "$1/usr/share/doc" "$1/usr/share/man" "$1/usr/share/locale"',
      '--customize-hook=mkdir -p "$1/tmp" "$1/root" && chmod 1777 "$1/tmp"',
      codename,
      options.output,
      ...sources,
    ],
    { timeoutMs: 300_000, ...(options.signal === undefined ? {} : { signal: options.signal }) },
  );
}

/** The distribution's own package sources, as one-line entries. */
async function machineSources(): Promise<{ codename: string; sources: string[] }> {
  const release = readFileSync('/etc/os-release', 'utf8');
  const codename = /^VERSION_CODENAME=(.+)$/m.exec(release)?.[1];
  if (codename === undefined)
    throw new Error('/etc/os-release names no VERSION_CODENAME: images are built on Debian and Ubuntu only');
  const targets: ExecResult = await exec(
    ['apt-get', 'indextargets', '--format', '$(REPO_URI) $(CODENAME) $(COMPONENT) $(ORIGIN)', 'Created-By: Packages'],
    { timeoutMs: 20_000 },
  );
  return { codename, sources: selectSources(targets.stdout, codename) };
}

/** Of all the package indexes apt knows, those of the distribution's main archive, without third parties'. */
export function selectSources(targets: string, codename: string): string[] {
  const entries = new Set<string>();
  for (const line of targets.split('\n')) {
    const [uri, suite, component, origin] = line.trim().split(' ');
    const ours = origin === 'Debian' || origin === 'Ubuntu';
    if (uri !== undefined && ours && suite === codename && (component === 'main' || component === 'universe')) {
      entries.add(`deb ${uri} ${suite} ${component}`);
    }
  }
  if (entries.size === 0) {
    throw new Error(`apt knows no package index of ${codename}: run "apt-get update", then try again`);
  }
  return [...entries];
}
