import { recordTypes } from '../wire/constants.ts';
import type { ResourceRecord } from '../wire/record.ts';

/** The records with their addresses in random order, so that clients that take the first one spread over all. */
export function shuffleAddresses(records: readonly ResourceRecord[]): readonly ResourceRecord[] {
  if (records.length < 2) return records;
  const shuffled = [...records];
  const places: number[] = [];
  shuffled.forEach(({ type }, place) => {
    if (type === recordTypes.A || type === recordTypes.AAAA) places.push(place);
  });
  for (let left = places.length - 1; left > 0; left--) {
    const [from, to] = [places[left] as number, places[Math.floor(Math.random() * (left + 1))] as number];
    [shuffled[from], shuffled[to]] = [shuffled[to] as ResourceRecord, shuffled[from] as ResourceRecord];
  }
  return shuffled;
}
