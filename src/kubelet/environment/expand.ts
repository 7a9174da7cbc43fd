/**
 * The `$(NAME)` references of commands, arguments, variables and sub paths.
 * https://kubernetes.io/docs/tasks/inject-data-application/define-interdependent-environment-variables/
 */

type Lookup = (name: string) => string | undefined;

// `$$` stands for one `$`; whatever else follows a `$` leaves both characters as they are.
const reference = /\$(?:\$|\(([^)]*)\))/g;

/** Replaces references to known variables; others stay as they were written. */
export function expand(text: string, lookup: Lookup): string {
  return text.replace(reference, (whole, name: string | undefined) =>
    name === undefined ? '$' : (lookup(name) ?? whole),
  );
}

/** A command's words with their references filled in. */
export function expandAll(words: readonly string[] | undefined, variables: ReadonlyMap<string, string>): string[] {
  return (words ?? []).map((word) => expand(word, (name) => variables.get(name)));
}

/** As `expand`, but an unknown variable is an error; its message is upstream's. */
export function expandStrictly(text: string, variables: ReadonlyMap<string, string>): string {
  const missing: string[] = [];
  const expanded = expand(text, (name) => {
    const value = variables.get(name);
    if (value === undefined) missing.push(name);
    return value;
  });
  if (missing.length === 0) return expanded;
  throw new Error(`missing value for ${missing.map((name) => JSON.stringify(name)).join(', ')}`);
}
