import { open } from 'node:fs/promises';
import { isErrno } from '../../system/files.ts';

/** Upstream's limits: what is longer is cut (https://kubernetes.io/docs/tasks/debug/debug-application/determine-reason-pod-failure/). */
const messageLimit = 4096;
const logLimit = 2048;
const logLines = 80;

export interface TerminationMessageSource {
  /** The node's file behind the container's terminationMessagePath. */
  readonly file: string | undefined;
  readonly fallbackToLogs: boolean;
  readonly logPath: string;
  readonly exitCode: number;
}

/** What a container left behind when it ended: its message file, or the end of its log where it asks for that. */
export async function readTerminationMessage(source: TerminationMessageSource): Promise<string> {
  if (source.file !== undefined) {
    try {
      const text = await readStart(source.file, messageLimit);
      if (text !== '') return text;
    } catch (error) {
      if (!isErrno(error, 'ENOENT')) return `Error on reading termination-log ${source.file}: ${String(error)}`;
    }
  }
  if (!source.fallbackToLogs || source.exitCode === 0 || source.logPath === '') return '';
  try {
    return logTail(await readEnd(source.logPath, 64 * 1024));
  } catch (error) {
    return isErrno(error, 'ENOENT') ? '' : `Error on reading termination message from logs: ${String(error)}`;
  }
}

async function readStart(path: string, bytes: number): Promise<string> {
  await using file = await open(path, 'r');
  const buffer = Buffer.alloc(bytes);
  const { bytesRead } = await file.read(buffer, 0, bytes, 0);
  return buffer.toString('utf8', 0, bytesRead);
}

async function readEnd(path: string, bytes: number): Promise<string> {
  await using file = await open(path, 'r');
  const { size } = await file.stat();
  const start = Math.max(0, size - bytes);
  const buffer = Buffer.alloc(Math.min(bytes, size));
  const { bytesRead } = await file.read(buffer, 0, buffer.length, start);
  const text = buffer.toString('utf8', 0, bytesRead);
  return start === 0 ? text : text.slice(text.indexOf('\n') + 1);
}

/** The last lines of a log in CRI's format (`TIME STREAM TAG TEXT`), without its own columns. */
export function logTail(log: string): string {
  const lines = log.split('\n').filter((line) => line !== '');
  const text = lines
    .slice(-logLines)
    .map((line) => {
      const [time = '', stream = '', tag = ''] = line.split(' ', 3);
      const content = line.slice(time.length + stream.length + tag.length + 3);
      return tag.startsWith('P') ? content : `${content}\n`;
    })
    .join('');
  const bytes = Buffer.from(text);
  return bytes.length <= logLimit ? text : bytes.subarray(bytes.length - logLimit).toString('utf8');
}
