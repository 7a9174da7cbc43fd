import type { Logger } from 'pino';
import pino from 'pino';

export type { Logger };

/** The process's logger: JSON lines on stderr, level from `COX_LOG_LEVEL`. */
export function createLogger(component: string): Logger {
  return pino(
    {
      base: { component },
      level: process.env['COX_LOG_LEVEL'] ?? 'info',
      timestamp: pino.stdTimeFunctions.isoTime,
      errorKey: 'err',
    },
    pino.destination({ fd: 2, sync: true }),
  );
}
