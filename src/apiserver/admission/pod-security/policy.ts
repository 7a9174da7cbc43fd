import type { FieldError } from '../../../api/field-error.ts';
import { invalidField } from '../../../api/field-error.ts';

export const levels = ['privileged', 'baseline', 'restricted'] as const;
export type Level = (typeof levels)[number];

/** A level as it was in one version of the standards: a minor of version 1, or `latest`. */
export interface LevelVersion {
  readonly level: Level;
  readonly version: number | 'latest';
}

export type Mode = 'enforce' | 'audit' | 'warn';
export type Policy = Readonly<Record<Mode, LevelVersion>>;

const labelPrefix = 'pod-security.kubernetes.io/';
const free: LevelVersion = { level: 'privileged', version: 'latest' };

/** `restricted:v1.25`, `baseline:latest`. */
export const nameOf = ({ level, version }: LevelVersion): string =>
  `${level}:${version === 'latest' ? version : `v1.${version}`}`;

/** Above 0 when `a` allows less than `b`. */
export const compareLevels = (a: Level, b: Level): number => levels.indexOf(a) - levels.indexOf(b);

export const isSame = (a: LevelVersion, b: LevelVersion): boolean => a.level === b.level && a.version === b.version;

function parseLevel(text: string): Level | undefined {
  return levels.find((level) => level === text);
}

function parseVersion(text: string): number | 'latest' | undefined {
  if (text === 'latest') return text;
  const minor = /^v1\.([0-9]|[1-9][0-9]*)$/.exec(text)?.[1];
  return minor === undefined ? undefined : Number(minor);
}

type Labels = Readonly<Record<string, string>>;
interface Read {
  readonly levelVersion: LevelVersion;
  readonly errors: readonly FieldError[];
}

/** One mode's labels; what cannot be read is the strictest, or none at all for those modes that only talk. */
function readMode(labels: Labels, mode: Mode): Read {
  const errors: FieldError[] = [];
  const fault = (key: string, value: string, detail: string): void =>
    void errors.push(invalidField(`metadata.labels[${key}]`, value, detail));
  let { level, version } = free;
  const levelText = labels[labelPrefix + mode];
  if (levelText !== undefined) {
    const parsed = parseLevel(levelText);
    level = parsed ?? (mode === 'enforce' ? 'restricted' : 'privileged');
    if (parsed === undefined) fault(labelPrefix + mode, levelText, `must be one of ${levels.join(', ')}`);
  }
  const versionKey = `${labelPrefix}${mode}-version`;
  const versionText = labels[versionKey];
  if (versionText !== undefined) {
    const parsed = parseVersion(versionText);
    version = parsed ?? 'latest';
    if (parsed === undefined) fault(versionKey, versionText, 'must be "latest" or "v1.x"');
  }
  return { levelVersion: { level, version }, errors };
}

/** The policy that a namespace's labels ask for, and what is wrong with them; there is one even then. */
export function policyOf(labels: Labels = {}): { readonly policy: Policy; readonly errors: readonly FieldError[] } {
  const enforce = readMode(labels, 'enforce');
  const audit = readMode(labels, 'audit');
  const warn = readMode(labels, 'warn');
  const errors = [...enforce.errors, ...audit.errors, ...warn.errors];
  let warned = warn.levelVersion;
  // Whoever enforces is told of it early, at the workloads, without asking for that.
  const asked = parseLevel(labels[`${labelPrefix}enforce`] ?? '');
  if (labels[`${labelPrefix}warn`] === undefined && asked !== undefined && compareLevels(asked, warned.level) > 0) {
    const hasVersion = labels[`${labelPrefix}warn-version`] !== undefined;
    warned = { level: asked, version: hasVersion ? warned.version : enforce.levelVersion.version };
  }
  return { policy: { enforce: enforce.levelVersion, audit: audit.levelVersion, warn: warned }, errors };
}
