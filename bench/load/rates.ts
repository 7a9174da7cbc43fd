import { LoadConnection } from './connection.ts';
import type { Target } from './connection.ts';

/** One request. */
export interface Sent {
  readonly method: 'GET' | 'POST';
  readonly path: string;
  readonly body?: Buffer;
}

export interface Rate {
  readonly perSecond: number;
  /** Milliseconds, sorted. */
  readonly times: readonly number[];
}

/** The time that so large a part of all stays below. */
export function quantile(times: readonly number[], part: number): number {
  return times[Math.min(times.length - 1, Math.floor(times.length * part))] ?? Number.NaN;
}

const sorted = (times: readonly number[]): readonly number[] => times.toSorted((a, b) => a - b);

function refused(request: Sent, status: number): Error {
  return new Error(`${request.method} ${request.path} was answered with ${status}`);
}

/** Sends for so long, with always so many requests under way on one connection: the most that the server can do. */
export async function saturate(
  target: Target,
  next: (index: number) => Sent,
  options: { readonly seconds: number; readonly inFlight: number },
): Promise<Rate> {
  const connection = await LoadConnection.open(target);
  const times: number[] = [];
  const began = performance.now();
  const until = began + options.seconds * 1000;
  let index = 0;
  try {
    await new Promise<void>((resolve, reject) => {
      let under = 0;
      const send = (): void => {
        const request = next(index++);
        const sent = performance.now();
        under += 1;
        connection.request(request.method, request.path, request.body, {
          onEnd: (status) => {
            under -= 1;
            const now = performance.now();
            times.push(now - sent);
            if (status < 200 || status > 299) reject(refused(request, status));
            else if (now < until) send();
            else if (under === 0) resolve();
          },
        });
      };
      for (let count = 0; count < options.inFlight; count += 1) send();
      connection.flush();
    });
  } finally {
    connection.close();
  }
  return { perSecond: (times.length * 1000) / (performance.now() - began), times: sorted(times) };
}

/** Sends at a steady rate, whatever the answers do; times count from when each request was due. */
export async function pace(
  target: Target,
  next: (index: number) => Sent,
  options: { readonly seconds: number; readonly perSecond: number },
): Promise<Rate> {
  const connection = await LoadConnection.open(target);
  const times: number[] = [];
  const count = Math.round(options.seconds * options.perSecond);
  const began = performance.now();
  try {
    await new Promise<void>((resolve, reject) => {
      let index = 0;
      const timer = setInterval(() => {
        for (const due = performance.now() - began; index < count && (index * 1000) / options.perSecond <= due;) {
          const at = began + (index * 1000) / options.perSecond;
          const request = next(index++);
          connection.request(request.method, request.path, request.body, {
            onEnd: (status) => {
              times.push(performance.now() - at);
              if (status < 200 || status > 299) reject(refused(request, status));
              if (times.length === count) resolve();
            },
          });
        }
        connection.flush();
        if (index === count) clearInterval(timer);
      }, 1);
    });
  } finally {
    connection.close();
  }
  return { perSecond: (times.length * 1000) / (performance.now() - began), times: sorted(times) };
}

/** How long single requests take, one after the other, and the size of their answers. */
export async function single(
  target: Target,
  request: Sent,
  turns: number,
): Promise<{ times: readonly number[]; bytes: number }> {
  const connection = await LoadConnection.open(target);
  const times: number[] = [];
  let bytes = 0;
  for (let turn = 0; turn < turns; turn += 1) {
    const sent = performance.now();
    const answered = Promise.withResolvers<void>();
    connection.request(request.method, request.path, request.body, {
      onEnd: (status, length) => {
        bytes = length;
        if (status === 200) answered.resolve();
        else answered.reject(refused(request, status));
      },
    });
    connection.flush();
    await answered.promise;
    times.push(performance.now() - sent);
  }
  connection.close();
  return { times: sorted(times), bytes };
}
