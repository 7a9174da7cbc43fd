// Compiles the modules of Coxswain's processes once and keeps the result, so that a first start is as quick as the next
// and needs no more memory. Set-up runs it with the flags of `ownCommand`: what is compiled under others is not found.
import { flushCompileCache } from 'node:module';

await Promise.all([
  import('./server/server.ts'),
  import('./agent/agent.ts'),
  import('./process.ts'),
  import('./ready.ts'),
  import('./supervisor/supervisor.ts'),
  import('../dns/start.ts'),
  import('../dns/informers.ts'),
]);
flushCompileCache();
