import type { VersionInfo } from '../options.ts';

const fallback: VersionInfo = { gitVersion: 'v1.36.0+cox', gitCommit: '', buildDate: '1970-01-01T00:00:00Z' };

const architectures: Readonly<Record<string, string>> = { x64: 'amd64', ia32: '386' };

/** What `/version` answers. */
export function versionDocument({ gitVersion, gitCommit, buildDate }: VersionInfo = fallback): object {
  const [, major = '', minor = ''] = /^v(\d+)\.(\d+)/.exec(gitVersion) ?? [];
  return {
    major,
    minor,
    emulationMajor: major,
    emulationMinor: minor,
    minCompatibilityMajor: major,
    minCompatibilityMinor: String(Number(minor) - 1),
    gitVersion,
    gitCommit,
    gitTreeState: 'clean',
    buildDate,
    goVersion: `node${process.versions.node}`,
    compiler: 'node',
    platform: `${process.platform}/${architectures[process.arch] ?? process.arch}`,
  };
}
