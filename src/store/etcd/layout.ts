import { EtcdError } from './errors.ts';

/** The key that every commit writes last: who has it has seen all commits before. */
export interface Head {
  /** The store's newest revision after the commit. */
  readonly revision: number;
  /** Names the commit among all of all processes. */
  readonly batch: string;
  /** How many objects the commit changed. */
  readonly changes: number;
}

/** A version of an object as etcd keeps it. */
export interface StoredValue {
  readonly revision: number;
  readonly json: Buffer;
}

const newline = 0x0a;

/** A copy: bytes of an answer would keep the whole answer in memory. */
function own(bytes: Uint8Array): Buffer {
  const copy = Buffer.allocUnsafeSlow(bytes.length);
  copy.set(bytes);
  return copy;
}

/** Which keys of etcd the store has: `PREFIX/revision` and `PREFIX/objects/…`. */
export class Layout {
  readonly head: Buffer;
  /** All keys of the store. */
  readonly all: { readonly key: Buffer; readonly rangeEnd: Buffer };
  /** Those of objects. */
  readonly objects: { readonly key: Buffer; readonly rangeEnd: Buffer };
  readonly #objectPrefix: string;

  constructor(prefix: string) {
    // Of the two folders behind the prefix; `0` is the character behind `/`.
    const range = (folder: string) => ({ key: Buffer.from(`${folder}/`), rangeEnd: Buffer.from(`${folder}0`) });
    this.head = Buffer.from(`${prefix}/revision`);
    this.all = range(prefix);
    this.#objectPrefix = `${prefix}/objects`;
    this.objects = range(this.#objectPrefix);
  }

  objectKey(key: string): Buffer {
    return Buffer.from(this.#objectPrefix + key);
  }

  /** The store's key of one of etcd's; undefined for any that is no object's. */
  keyOf(key: Uint8Array): string | undefined {
    const text = Buffer.from(key).toString('utf8');
    return text.startsWith(`${this.#objectPrefix}/`) ? text.slice(this.#objectPrefix.length) : undefined;
  }

  isHead(key: Uint8Array): boolean {
    return this.head.equals(key);
  }
}

/** The object's text, behind a line with its revision, so that nobody has to parse it for that. */
export function encodeValue({ revision, json }: StoredValue): Buffer {
  return Buffer.concat([Buffer.from(`${revision}\n`), json]);
}

/** Throws EtcdError for what the store has not written. */
export function decodeValue(bytes: Uint8Array, key: string): StoredValue {
  const end = bytes.indexOf(newline);
  const revision = Number(Buffer.from(bytes.subarray(0, Math.max(end, 0))).toString('latin1'));
  if (end < 1 || !Number.isSafeInteger(revision)) {
    throw new EtcdError(`etcd has something under ${key} that Coxswain has not written`);
  }
  return { revision, json: own(bytes.subarray(end + 1)) };
}

export const encodeHead = ({ revision, batch, changes }: Head): Buffer =>
  Buffer.from(`${revision} ${changes} ${batch}`);

/** Throws EtcdError for what the store has not written. */
export function decodeHead(bytes: Uint8Array): Head {
  const parts = /^(\d{1,15}) (\d{1,9}) (\S+)$/.exec(Buffer.from(bytes).toString('utf8'));
  if (parts === null) throw new EtcdError('etcd has a head that Coxswain has not written');
  return { revision: Number(parts[1]), changes: Number(parts[2]), batch: parts[3] ?? '' };
}
