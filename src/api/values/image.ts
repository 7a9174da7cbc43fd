/** The tag of an image's name: `latest` where it has neither tag nor digest, empty where it has a digest alone. */
export function imageTag(image: string): string {
  const [name = '', digest] = image.split('@');
  const colon = name.lastIndexOf(':');
  if (colon > name.lastIndexOf('/')) return name.slice(colon + 1);
  return digest === undefined ? 'latest' : '';
}
