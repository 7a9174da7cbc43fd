// unzip.mjs ARCHIVE FOLDER NAME... : writes the named members, by their last name, executable, into FOLDER.
import { readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { unzipSync } from 'fflate';

const [archive, folder, ...names] = process.argv.slice(2);
const members = unzipSync(readFileSync(archive), { filter: (file) => names.includes(file.name) });
for (const name of names) {
  const content = members[name];
  if (content === undefined) throw new Error(`${archive} has no member ${name}`);
  writeFileSync(join(folder, basename(name)), content, { mode: 0o755 });
}
