/** A text, or one that depends on kubectl's minor version. */
export type Expected = string | RegExp | ((minor: number) => string | RegExp);

/**
 * One kubectl command and what it prints. `{ns}` stands for the chapter's namespace and `{tmp}` for a folder of its own
 * in every text, `{client}` for the client's name. See `expectedText` for the placeholders of expected texts.
 */
export interface Step {
  /** The words after kubectl; split at spaces when it is one text. */
  readonly run: string | readonly string[];
  readonly input?: string;
  readonly env?: NodeJS.ProcessEnv;
  /** All of stdout. Not looked at when left out. */
  readonly prints?: Expected;
  /** All of stderr. Nothing when left out; not looked at where it is /^/. */
  readonly says?: Expected;
  /** The exit code; 0 when left out. */
  readonly exits?: number;
  /** The first minor version of kubectl that knows the command so, and the last. */
  readonly from?: number;
  readonly until?: number;
  /** Keeps what is printed under this name: `{name}` stands for it in later steps. */
  readonly keeps?: string;
  /** Runs the command in a terminal. */
  readonly terminal?: boolean;
  /**
   * The command goes on by itself: once its output matches, whose named groups are kept, the steps `whilst` run; then
   * it must print what it should within ten seconds, and is stopped.
   */
  readonly ready?: RegExp;
  readonly whilst?: readonly (Step | Fetch)[];
  /** Repeated until the outcome is as expected, for as long as 30 seconds. */
  readonly eventually?: boolean;
}

/** A page fetched while a command serves it. */
export interface Fetch {
  readonly fetch: string;
  readonly answers: Expected;
}

/** Commands that build on one another, run in a namespace of their own. */
export interface Chapter {
  readonly name: string;
  /** Files that the folder `{tmp}` holds, and whether it holds a certificate and its key: `tls.crt`, `tls.key`. */
  readonly files?: Readonly<Record<string, string>>;
  readonly certificate?: boolean;
  readonly steps: readonly Step[];
  /** Changes a node, `{node}`: runs when all others are through, one chapter a node. */
  readonly changesNode?: boolean;
}
