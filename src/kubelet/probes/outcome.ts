/**
 * What one attempt of a probe came to. A `warning` counts as success. An `error` says that nothing could be found out (no
 * such port, the runtime is away) and counts as nothing.
 */
export interface ProbeOutcome {
  readonly result: 'success' | 'warning' | 'failure' | 'error';
  /** The text of the event, without its beginning. */
  readonly output: string;
  /** A failure that the container itself answered with: it runs and listens already. */
  readonly answered?: boolean;
}

export const failure = (output: string): ProbeOutcome => ({ result: 'failure', output });
export const answeredFailure = (output: string): ProbeOutcome => ({ result: 'failure', output, answered: true });
export const success: ProbeOutcome = { result: 'success', output: '' };

/** As upstream, no more of an answer is read or shown than this many bytes. */
export const maxOutputBytes = 10 * 1024;
