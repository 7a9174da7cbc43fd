/** One element of DER (ITU-T X.690): its tag, its contents, and all of its bytes. */
export interface DerElement {
  readonly tag: number;
  readonly contents: Buffer;
  readonly bytes: Buffer;
}

export class DerError extends Error {
  readonly code = 'der';
  constructor(message: string) {
    super(message);
    this.name = 'DerError';
  }
}

export const derTags = {
  bitString: 0x03,
  octetString: 0x04,
  objectIdentifier: 0x06,
  sequence: 0x30,
  set: 0x31,
} as const;

function readOne(bytes: Buffer, at: number): { readonly element: DerElement; readonly next: number } {
  const tag = bytes[at];
  const first = bytes[at + 1];
  if (tag === undefined || first === undefined) throw new DerError('data truncated');
  if ((tag & 0x1f) === 0x1f) throw new DerError('tag number too large');
  const lengthBytes = first < 0x80 ? 0 : first & 0x7f;
  if (first === 0x80 || lengthBytes > 4) throw new DerError('invalid length');
  if (at + 2 + lengthBytes > bytes.length) throw new DerError('data truncated');
  const length = lengthBytes === 0 ? first : bytes.readUIntBE(at + 2, lengthBytes);
  const start = at + 2 + lengthBytes;
  if (start + length > bytes.length) throw new DerError('data truncated');
  const next = start + length;
  return { element: { tag, contents: bytes.subarray(start, next), bytes: bytes.subarray(at, next) }, next };
}

/** The elements that follow one another in `bytes`; throws DerError when they do not fill it exactly. */
export function readDer(bytes: Buffer): readonly DerElement[] {
  const elements: DerElement[] = [];
  for (let at = 0; at < bytes.length;) {
    const { element, next } = readOne(bytes, at);
    elements.push(element);
    at = next;
  }
  return elements;
}

/** The members of an element of this tag; throws DerError when it is another, or missing. */
export function membersOf(element: DerElement | undefined, tag: number): readonly DerElement[] {
  return readDer(contentsOf(element, tag));
}

export function contentsOf(element: DerElement | undefined, tag: number): Buffer {
  if (element === undefined) throw new DerError('an element is missing');
  if (element.tag !== tag) throw new DerError(`tag 0x${element.tag.toString(16)} where 0x${tag.toString(16)} belongs`);
  return element.contents;
}

/** An object identifier's contents in dots: `2.5.4.3`. */
export function dotted(contents: Buffer): string {
  const arcs: number[] = [];
  let value = 0;
  for (const byte of contents) {
    value = value * 128 + (byte & 0x7f);
    if (byte >= 0x80) continue;
    arcs.push(value);
    value = 0;
  }
  const [first = 0, ...rest] = arcs;
  const top = Math.min(Math.floor(first / 40), 2);
  return [top, first - top * 40, ...rest].join('.');
}
