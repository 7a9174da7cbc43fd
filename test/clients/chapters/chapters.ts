import type { Chapter } from '../chapter.ts';
import { apply } from './apply.ts';
import { create } from './create.ts';
import { describeEach } from './describe.ts';
import { tables } from './tables.ts';

/** Every chapter of the table of kubectl commands. */
export const chapters: readonly Chapter[] = [tables, describeEach, create, apply];
