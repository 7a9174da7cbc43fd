import { describeStore } from '../conformance.ts';
import { createMemoryStore } from './memory-store.ts';

const open = () => Promise.resolve(createMemoryStore({ listenerFailed: () => undefined }));

describeStore('memory', open, 200);
