import { readFileSync } from 'node:fs';
import { exec } from '../system/exec.ts';

/** The mount points below `folder`, the last mounted first. */
export function mountsBelow(folder: string): readonly string[] {
  return readFileSync('/proc/self/mountinfo', 'utf8')
    .split('\n')
    .map((line) => decode(line.split(' ')[4] ?? ''))
    .filter((point) => point.startsWith(`${folder}/`) || point === folder)
    .toReversed();
}

/** The kernel writes space, tab, newline and backslash in octal. */
function decode(text: string): string {
  return text.replaceAll(/\\([0-7]{3})/g, (_, digits: string) => String.fromCharCode(Number.parseInt(digits, 8)));
}

/** Unmounts everything below `folder`, also what is still in use: it goes with its last user. */
export async function unmountBelow(folder: string): Promise<void> {
  // What was mounted over another mount shows only once that one is gone: look again until nothing is left.
  for (let round = 0; round < 10; round++) {
    const points = mountsBelow(folder);
    if (points.length === 0) return;
    await exec(['umount', '--lazy', '--', ...points], { acceptExitCodes: [0, 1, 32] });
  }
  throw new Error(`cannot unmount ${mountsBelow(folder).join(', ')}`);
}
