import type { ExecOptions } from './exec.ts';
import { exec } from './exec.ts';
import { withTemporaryFile } from './files.ts';
import { inNamespace } from './namespaces.ts';

export interface NftOptions extends Pick<ExecOptions, 'signal' | 'timeoutMs'> {
  /** A folder on tmpfs for the transaction's text: nft cannot open the socket that Node makes of a child's stdin. */
  readonly directory: string;
  /** A named network namespace; this process's own when left out. */
  readonly namespace?: string | undefined;
}

/** Carries out one nft transaction: all of it, or, when it throws, none of it. */
export async function runNftables(text: string, options: NftOptions): Promise<void> {
  if (text === '') return;
  await withTemporaryFile(options.directory, text, async (path) => {
    await exec(nftCommand(['-f', path], options.namespace), { timeoutMs: 30_000, ...limits(options) });
  });
}

/** What nft prints for a query, as JSON; numbers are not turned into names. */
export async function queryNftables(
  argv: readonly string[],
  options: Omit<NftOptions, 'directory'> = {},
): Promise<readonly NftObject[]> {
  const command = nftCommand(['-j', '-n', ...argv], options.namespace);
  const { stdout } = await exec(command, { timeoutMs: 30_000, ...limits(options), maxOutputBytes: 512 << 20 });
  if (stdout.trim() === '') return [];
  const answer = JSON.parse(stdout) as { readonly nftables?: readonly NftObject[] };
  return answer.nftables ?? [];
}

/** One entry of nft's JSON: `{ table: … }`, `{ chain: … }`, `{ rule: … }`, `{ map: … }`. */
export type NftObject = Readonly<Record<string, Readonly<Record<string, unknown>>>>;

function nftCommand(argv: readonly string[], namespace: string | undefined): readonly string[] {
  const command = ['nft', ...argv];
  return namespace === undefined ? command : inNamespace(namespace, command);
}

function limits({ signal, timeoutMs }: Pick<NftOptions, 'signal' | 'timeoutMs'>): ExecOptions {
  return { ...(signal === undefined ? {} : { signal }), ...(timeoutMs === undefined ? {} : { timeoutMs }) };
}
