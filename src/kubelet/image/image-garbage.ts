import { statfs } from 'node:fs/promises';
import { pause } from '../../client/back-off.ts';
import type { Logger } from '../../system/logger.ts';
import type { ImageClient } from '../cri/connection.ts';
import type { PodCache } from '../runtime/pod-cache.ts';

export interface ImageGarbageOptions {
  readonly images: ImageClient;
  readonly cache: PodCache;
  /** A folder on the disk that images lie on. */
  readonly directory: string;
  readonly logger: Logger;
  readonly now: () => number;
  /** Names, or beginnings of names, of images that are never removed. */
  readonly keep: readonly string[];
}

/** An image as far as it matters here. */
export interface StoredImage {
  readonly id: string;
  readonly names: readonly string[];
  readonly bytes: number;
  /** When a container used it last, or when it was first seen; milliseconds since 1970. */
  readonly lastUsed: number;
  readonly firstSeen: number;
  readonly inUse: boolean;
}

/** Above the first share of the disk in use, images go until the second is reached. Nodes share disks with much else. */
const highShare = 0.95;
const lowShare = 0.9;
const youngestMs = 2 * 60_000;
const everyMs = 5 * 60_000;

/** The images to remove so that `bytes` become free, those longest unused first. Pure. */
export function imagesToRemove(
  images: readonly StoredImage[],
  bytes: number,
  keep: readonly string[],
  now: number,
): readonly StoredImage[] {
  const candidates = images
    .filter(({ inUse, firstSeen, names }) => {
      const kept = names.some((name) => keep.some((prefix) => name.startsWith(prefix)));
      return !inUse && !kept && now - firstSeen >= youngestMs;
    })
    .toSorted((a, b) => a.lastUsed - b.lastUsed || a.firstSeen - b.firstSeen);
  const chosen: StoredImage[] = [];
  let freed = 0;
  for (const image of candidates) {
    if (freed >= bytes) break;
    chosen.push(image);
    freed += image.bytes;
  }
  return chosen;
}

/** Looks every few minutes whether the disk is full, and removes images that no container uses, until `signal` is aborted. */
export async function collectImages(options: ImageGarbageOptions, signal: AbortSignal): Promise<void> {
  const { images, cache, directory, keep, logger, now } = options;
  const seen = new Map<string, { firstSeen: number; lastUsed: number }>();
  while (await pause(everyMs, signal)) {
    try {
      const used = new Set(
        cache.pods().flatMap(({ containers }) => containers.flatMap(({ imageRef, image }) => [imageRef, image])),
      );
      const { images: all } = await images.listImages({});
      const stored = all.map(({ id, repoTags, repoDigests, size }): StoredImage => {
        const names = [...repoTags, ...repoDigests];
        const inUse = [id, ...names].some((name) => used.has(name));
        const before = seen.get(id) ?? { firstSeen: now(), lastUsed: 0 };
        const times = { ...before, lastUsed: inUse ? now() : before.lastUsed };
        seen.set(id, times);
        return { id, names, bytes: Number(size), inUse, ...times };
      });
      for (const id of seen.keys()) if (!all.some((image) => image.id === id)) seen.delete(id);
      const { blocks, bavail, bsize } = await statfs(directory);
      const [size, inUse] = [blocks * bsize, (blocks - bavail) * bsize];
      if (inUse < size * highShare) continue;
      for (const { id, names, bytes } of imagesToRemove(stored, inUse - size * lowShare, keep, now())) {
        await images.removeImage({ image: { image: id } });
        logger.info({ image: names[0] ?? id, bytes }, 'removed an unused image: the disk is nearly full');
      }
    } catch (err) {
      if (!signal.aborted) logger.warn({ err }, 'cannot look for unused images');
    }
  }
}
