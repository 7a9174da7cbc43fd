import type { Chapter } from '../chapter.ts';
import { access } from './access.ts';
import { apply } from './apply.ts';
import { create } from './create.ts';
import { custom } from './custom.ts';
import { deletion } from './deletion.ts';
import { describeEach } from './describe.ts';
import { get } from './get.ts';
import { info } from './info.ts';
import { nodes } from './nodes.ts';
import { pods } from './pods.ts';
import { rollout } from './rollout.ts';
import { tables } from './tables.ts';

/** Every chapter of the table of kubectl commands; the slowest first. */
export const chapters: readonly Chapter[] = [
  rollout,
  pods,
  describeEach,
  tables,
  apply,
  create,
  get,
  custom,
  deletion,
  access,
  info,
  nodes,
];
