/** Where a long command says what it is doing. */
export interface Steps {
  /** Runs one step and shows how long it took; `note` says more while it runs. */
  step<T>(title: string, run: (note: (text: string) => void) => Promise<T>): Promise<T>;
  /** A line between steps. */
  say(text: string): void;
}
