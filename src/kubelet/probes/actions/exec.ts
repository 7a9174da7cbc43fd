import { isDeadlineExceeded, runtimeErrorText } from '../../cri/errors.ts';
import { goQuote } from '../../environment/go-quote.ts';
import type { ProbeOutcome } from '../outcome.ts';
import { answeredFailure, maxOutputBytes, success } from '../outcome.ts';
import type { ExecInContainer } from '../types.ts';

/** Succeeds when the command ends with exit code 0 within the time; its output is the text of a failure. */
export async function probeExec(
  exec: ExecInContainer,
  containerId: string,
  command: readonly string[],
  timeoutSeconds: number,
): Promise<ProbeOutcome> {
  try {
    const { exitCode, output } = await exec(containerId, command, timeoutSeconds);
    if (exitCode === 0) return success;
    return answeredFailure(Buffer.from(output).subarray(0, maxOutputBytes).toString('utf8'));
  } catch (error) {
    if (isDeadlineExceeded(error)) {
      return answeredFailure(`command timed out: ${goQuote(command.join(' '))} timed out after ${timeoutSeconds}s`);
    }
    return { result: 'error', output: runtimeErrorText(error) };
  }
}
