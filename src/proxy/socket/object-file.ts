/** A program of an object file: its instructions, and where in them the descriptor of a map belongs. */
export interface ObjectProgram {
  readonly instructions: Uint8Array;
  readonly maps: readonly { readonly offset: number; readonly name: string }[];
}

const relocationSection = 9;

/** The programs of a 64-bit little-endian ELF object by the end of their section's name, e.g. `connect4`. */
export function readObject(file: Uint8Array): ReadonlyMap<string, ObjectProgram> {
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  if (view.getUint32(0) !== 0x7f454c46 || view.getUint16(18, true) !== 247) throw new Error('not an eBPF object file');
  const offset = (at: number): number => Number(view.getBigUint64(at, true));
  const table = offset(40);
  const sections = Array.from({ length: view.getUint16(60, true) }, (_, index) => {
    const at = table + index * view.getUint16(58, true);
    return {
      nameAt: view.getUint32(at, true),
      type: view.getUint32(at + 4, true),
      start: offset(at + 24),
      size: offset(at + 32),
      link: view.getUint32(at + 40, true),
      info: view.getUint32(at + 44, true),
    };
  });
  const section = (index: number) => {
    const found = sections[index];
    if (found === undefined) throw new Error(`the object file has no section ${index}`);
    return found;
  };
  const text = (at: number): string => Buffer.from(file.subarray(at, file.indexOf(0, at))).toString('latin1');
  const names = section(view.getUint16(62, true)).start;
  const result = new Map<string, ObjectProgram>();
  for (const [index, { nameAt, start, size }] of sections.entries()) {
    const name = text(names + nameAt);
    if (!name.startsWith('cgroup/')) continue;
    const maps = sections
      .filter(({ type, info }) => type === relocationSection && info === index)
      .flatMap((relocations) => {
        const symbols = section(relocations.link);
        const strings = section(symbols.link).start;
        return Array.from({ length: relocations.size / 16 }, (_, position) => {
          const at = relocations.start + position * 16;
          const symbol = symbols.start + view.getUint32(at + 12, true) * 24;
          return { offset: offset(at), name: text(strings + view.getUint32(symbol, true)) };
        });
      });
    result.set(name.slice('cgroup/'.length), { instructions: file.slice(start, start + size), maps });
  }
  return result;
}
