import type { NodeInfo } from '../node-info.ts';
import type { Plugin } from '../plugin.ts';

const mebibyte = 2 ** 20;
/** Upstream's bounds for one container: images smaller than the first do not count, larger than the second no more. */
const minBytes = 23 * mebibyte;
const maxBytesPerContainer = 1000 * mebibyte;

/** Prefers, a little, nodes that have the pod's images already. */
export const imageLocality: Plugin = {
  name: 'ImageLocality',
  weight: 1,
  events: [],
  prepare: (pod) => {
    const images = [...pod.spec.containers, ...(pod.spec.initContainers ?? [])].map(({ image = '' }) => named(image));
    return {
      score: (nodes) => {
        const sizes = nodes.map((info) => imageSizes(info));
        // An image that few nodes have counts less: otherwise they would draw every pod that uses it.
        const spread = (image: string): number => sizes.filter((size) => size.has(image)).length / nodes.length;
        return sizes.map((size) => {
          const bytes = images.reduce((sum, image) => sum + (size.get(image) ?? 0) * spread(image), 0);
          const max = maxBytesPerContainer * images.length;
          const bounded = Math.min(Math.max(bytes, minBytes), max);
          return Math.floor((100 * (bounded - minBytes)) / (max - minBytes));
        });
      },
    };
  },
};

function named(image: string): string {
  const last = image.slice(image.lastIndexOf('/') + 1);
  return last.includes(':') || last.includes('@') ? image : `${image}:latest`;
}

function imageSizes({ node }: NodeInfo): ReadonlyMap<string, number> {
  const sizes = new Map<string, number>();
  for (const { names = [], sizeBytes = 0 } of node?.status.images ?? []) {
    for (const name of names) sizes.set(name, sizeBytes);
  }
  return sizes;
}
