/** One alternative of an Accept header. */
export interface MediaRange {
  /** E.g. `application/json`, lower case. */
  readonly type: string;
  readonly parameters: Readonly<Record<string, string>>;
  readonly quality: number;
}

function parseRange(text: string): MediaRange {
  const [type = '', ...rest] = text.split(';');
  const parameters: Record<string, string> = {};
  for (const part of rest) {
    const mark = part.indexOf('=');
    if (mark > 0)
      parameters[part.slice(0, mark).trim().toLowerCase()] = part
        .slice(mark + 1)
        .trim()
        .replaceAll('"', '');
  }
  const quality = parameters['q'] === undefined ? 1 : Number(parameters['q']);
  return { type: type.trim().toLowerCase(), parameters, quality: Number.isFinite(quality) ? quality : 0 };
}

/** The alternatives of an Accept header, best first; a missing header accepts everything. */
export function parseAccept(header: string): readonly MediaRange[] {
  if (header.trim() === '') return [{ type: '*/*', parameters: {}, quality: 1 }];
  const ranges = header
    .split(',')
    .filter((part) => part.trim() !== '')
    .map(parseRange)
    .filter((range) => range.quality > 0);
  return ranges.toSorted((a, b) => b.quality - a.quality);
}

/** The text formats in which this server answers. */
export type Format = 'json' | 'yaml';

/** The format that a media range admits; protobuf is never answered, clients always accept JSON beside it. */
export function formatOf(range: MediaRange): Format | undefined {
  switch (range.type) {
    case '*/*':
    case 'application/*':
    case 'application/json':
      return 'json';
    case 'application/yaml':
      return 'yaml';
    default:
      return undefined;
  }
}

/** How an answer is to look. */
export interface Representation {
  readonly format: Format;
  /** The object itself, a Table of rows, or metadata alone. */
  readonly as: 'object' | 'Table' | 'PartialObjectMetadata' | 'PartialObjectMetadataList';
  /** The version of `meta.k8s.io` asked for. */
  readonly metaVersion: 'v1' | 'v1beta1';
}

function representationOf(range: MediaRange): Representation | undefined {
  const format = formatOf(range);
  if (format === undefined) return undefined;
  const { as, g: group = 'meta.k8s.io', v: version = 'v1' } = range.parameters;
  if (as === undefined) return { format, as: 'object', metaVersion: 'v1' };
  if (group !== 'meta.k8s.io' || (version !== 'v1' && version !== 'v1beta1')) return undefined;
  if (as !== 'Table' && as !== 'PartialObjectMetadata' && as !== 'PartialObjectMetadataList') return undefined;
  return { format, as, metaVersion: version };
}

/** Clients send a handful of different headers, again and again. */
const chosen = new Map<string, Representation | undefined>();
const maxChosen = 256;

/** The first alternative that the server can serve, or undefined: then the answer is 406. */
export function chooseRepresentation(header: string): Representation | undefined {
  const known = chosen.get(header);
  if (known !== undefined) return known;
  const found = parseAccept(header)
    .map(representationOf)
    .find((representation) => representation !== undefined);
  if (chosen.size < maxChosen) chosen.set(header, found);
  return found;
}

/** The first format that is asked for without another form, such as a Table, or undefined: then the answer is 406. */
export function choosePlainFormat(header: string): Format | undefined {
  const plain = parseAccept(header).filter(({ parameters }) => parameters['as'] === undefined);
  return plain.map(formatOf).find((format) => format !== undefined);
}
