/** The grammar of https://github.com/distribution/reference, as far as it decides whether a name is one. */
const component = '[a-z0-9]+(?:(?:\\.|_|__|-+)[a-z0-9]+)*';
const label = '(?:[a-zA-Z0-9]|[a-zA-Z0-9][a-zA-Z0-9-]*[a-zA-Z0-9])';
const domain = `(?:${label}(?:\\.${label})*|\\[[a-fA-F0-9:]+\\])(?::[0-9]+)?`;
const pattern = new RegExp(
  `^(?:(${domain})/)?(${component}(?:/${component})*)(?::([\\w][\\w.-]{0,127}))?(?:@([A-Za-z][A-Za-z0-9]*(?:[-_+.][A-Za-z][A-Za-z0-9]*)*:[0-9a-fA-F]{32,}))?$`,
);

export interface ImageReference {
  /** The registry's address as the name gives it; `docker.io` where it gives none. */
  readonly registry: string;
  /** `library/redis`. */
  readonly repository: string;
  readonly tag: string | undefined;
  readonly digest: string | undefined;
}

/** Reads an image's name as users write it; undefined for what is no name. */
export function parseImageReference(text: string): ImageReference | undefined {
  // A first part without dot, colon or `localhost` is no registry, but part of the path.
  const slash = text.indexOf('/');
  const first = slash < 0 ? '' : text.slice(0, slash);
  const named = first === 'localhost' || /[.:]/.test(first) || first !== first.toLowerCase();
  const full = named ? text : `docker.io/${slash < 0 ? 'library/' : ''}${text}`;
  const [matched, registry = '', repository = '', tag, digest] = pattern.exec(full) ?? [];
  if (matched === undefined || repository.length > 255) return undefined;
  return { registry: registry === 'index.docker.io' ? 'docker.io' : registry, repository, tag, digest };
}

/** What is wrong with an image's name, in upstream's words; undefined where nothing is. */
export function imageNameComplaint(text: string): string | undefined {
  if (parseImageReference(text) !== undefined) return undefined;
  const reason =
    parseImageReference(text.toLowerCase()) === undefined
      ? 'invalid reference format'
      : 'invalid reference format: repository name must be lowercase';
  return `couldn't parse image name ${JSON.stringify(text)}: ${reason}`;
}

/** The name as the runtime is asked for it: with the tag `latest` where it has neither tag nor digest. */
export function withDefaultTag(text: string): string {
  const parsed = parseImageReference(text);
  return parsed !== undefined && parsed.tag === undefined && parsed.digest === undefined ? `${text}:latest` : text;
}
