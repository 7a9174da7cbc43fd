/** A full image name, split as registries and containerd understand it. */
export interface ImageName {
  /** E.g. `docker.io`, `localhost:5000`. */
  readonly registry: string;
  /** E.g. `library/python`. */
  readonly repository: string;
  readonly tag: string;
}

/**
 * Reads a name as users write it: `python:3.10` is `docker.io/library/python:3.10`. The rules are those of
 * https://github.com/distribution/reference. Throws an Error that says what is wrong with the name.
 */
export function parseImageName(text: string): ImageName {
  const slash = text.indexOf('/');
  const first = slash < 0 ? '' : text.slice(0, slash);
  const hasRegistry = first.includes('.') || first.includes(':') || first === 'localhost';
  const rest = hasRegistry ? text.slice(slash + 1) : text;
  const colon = rest.lastIndexOf(':');
  const path = colon < 0 ? rest : rest.slice(0, colon);
  const tag = colon < 0 ? 'latest' : rest.slice(colon + 1);
  if (text.includes('@')) throw new Error(`image name "${text}" has a digest; name the image by a tag`);
  if (!/^[\w][\w.-]{0,127}$/.test(tag))
    throw new Error(`image name "${text}" has a tag that is not of letters, digits, ".", "_" and "-"`);
  if (!/^[a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*(\/[a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*)*$/.test(path)) {
    throw new Error(`image name "${text}" is not of the form [REGISTRY/]NAME[:TAG] in lower case`);
  }
  const registry = hasRegistry ? first : 'docker.io';
  if (!/^[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?(:\d+)?$/.test(registry)) {
    throw new Error(`image name "${text}" has a registry that is no host name`);
  }
  const repository = registry === 'docker.io' && !path.includes('/') ? `library/${path}` : path;
  return { registry: registry === 'index.docker.io' ? 'docker.io' : registry, repository, tag };
}

/** The full form, `docker.io/library/python:3.10`. */
export function formatImageName(name: ImageName): string {
  return `${name.registry}/${name.repository}:${name.tag}`;
}

/**
 * Where the cluster's registry keeps the images of `registry`: a folder of its own, so that equal paths of
 * different registries do not meet. A port's colon is not allowed in a repository's name.
 */
export function registryFolder(registry: string): string {
  return registry.toLowerCase().replace(':', '__');
}

/** The registry that a folder of `registryFolder` belongs to. */
export function registryOfFolder(folder: string): string {
  return folder.replace('__', ':');
}
