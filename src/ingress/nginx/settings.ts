import { access, readFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';

/** Where nginx may keep its parts, and where it listens. */
export interface NginxOptions {
  /** A folder on tmpfs of this nginx alone, absolute. */
  readonly directory: string;
  /** 80 when left out. */
  readonly httpPort?: number;
  /** 443 when left out. */
  readonly httpsPort?: number;
  /** Where it listens; all addresses when left out. */
  readonly listenAddress?: string;
  /** Servers that know the names of ExternalName Services; such Services answer 502 without. */
  readonly dnsServers?: readonly string[];
  /** A file for one line a request; none is written when left out. */
  readonly accessLog?: string;
  /** The file for the log that the ConfigMap may ask for; one in `directory` when left out. */
  readonly requestLog?: string;
}

/** All that the renderer must know of the machine. */
export interface NginxSettings {
  readonly directory: string;
  readonly httpPort: number;
  readonly httpsPort: number;
  readonly listenAddress: string | undefined;
  readonly dnsServers: readonly string[];
  readonly accessLog: string | undefined;
  readonly requestLog: string;
  /** The modules to load, in order. */
  readonly modules: readonly string[];
  /** The account of the processes that handle requests; undefined where nginx does not run as root. */
  readonly user: string | undefined;
  readonly workers: number;
}

/** The files and sockets of one nginx. */
export interface NginxFiles {
  readonly configuration: string;
  readonly candidate: string;
  readonly pid: string;
  /** What was last told to nginx, for one that starts anew. */
  readonly state: string;
  readonly controlSocket: string;
  readonly defaultCertificate: string;
  readonly lua: string;
  /** Certificates and keys for backends. */
  readonly tls: string;
  readonly temporary: string;
  readonly requestLog: string;
}

/** Why nginx cannot be used here; `code` is `NGINX_DIRECTORY`, `NGINX_MODULE_MISSING` or `NGINX_USER_MISSING`. */
export class NginxSetupError extends Error {
  readonly code: 'NGINX_DIRECTORY' | 'NGINX_MODULE_MISSING' | 'NGINX_USER_MISSING';

  constructor(code: NginxSetupError['code'], message: string) {
    super(message);
    this.name = 'NginxSetupError';
    this.code = code;
  }
}

/** Where everything lies in an nginx's folder. Throws NginxSetupError for a path that a configuration cannot name. */
export function nginxFiles(directory: string): NginxFiles {
  // The path is part of Lua code and of socket names, whose length the kernel limits.
  if (!/^\/[\w./-]{1,80}$/.test(directory)) {
    throw new NginxSetupError('NGINX_DIRECTORY', `not usable as a folder of nginx: ${JSON.stringify(directory)}`);
  }
  const at = (...names: readonly string[]): string => join(directory, ...names);
  return {
    configuration: at('nginx.conf'),
    candidate: at('candidate.conf'),
    pid: at('nginx.pid'),
    state: at('state'),
    controlSocket: at('control', 'nginx.sock'),
    defaultCertificate: at('default.pem'),
    lua: at('lua'),
    tls: at('tls'),
    temporary: at('temporary'),
    requestLog: at('requests.log'),
  };
}

/** Debian's folder, then those of others. */
const moduleFolders = ['/usr/lib/nginx/modules', '/usr/lib64/nginx/modules', '/usr/share/nginx/modules'];
const moduleNames = ['ndk_http_module.so', 'ngx_http_lua_module.so'];
const users = ['www-data', 'nginx', 'nobody'];

/** Fills in what the machine decides. Throws NginxSetupError where nginx's Lua module or an account is missing. */
export async function findSettings(options: NginxOptions): Promise<NginxSettings> {
  return {
    directory: options.directory,
    httpPort: options.httpPort ?? 80,
    httpsPort: options.httpsPort ?? 443,
    listenAddress: options.listenAddress,
    dnsServers: options.dnsServers ?? [],
    accessLog: options.accessLog,
    requestLog: options.requestLog ?? nginxFiles(options.directory).requestLog,
    modules: await findModules(),
    user: process.getuid?.() === 0 ? await findUser() : undefined,
    workers: Math.min(2, availableParallelism()),
  };
}

async function findModules(): Promise<readonly string[]> {
  for (const folder of moduleFolders) {
    const paths = moduleNames.map((name) => join(folder, name));
    try {
      await Promise.all(paths.map((path) => access(path)));
      return paths;
    } catch {
      // The next folder may have them.
    }
  }
  const message = `nginx's Lua module is missing (looked for ${moduleNames.join(' and ')} in ${moduleFolders.join(', ')})`;
  throw new NginxSetupError('NGINX_MODULE_MISSING', message);
}

/** An account and its group, as nginx's `user` takes them. */
async function findUser(): Promise<string> {
  const [accounts, groups] = await Promise.all(['/etc/passwd', '/etc/group'].map((path) => readFile(path, 'utf8')));
  const rows = (text = ''): readonly string[][] => text.split('\n').map((line) => line.split(':'));
  for (const name of users) {
    const account = rows(accounts).find(([user]) => user === name);
    const group = rows(groups).find(([, , id]) => id !== undefined && id === account?.[3])?.[0];
    if (account !== undefined && group !== undefined) return `${name} ${group}`;
  }
  throw new NginxSetupError(
    'NGINX_USER_MISSING',
    `none of the accounts ${users.join(', ')} exists for nginx's workers`,
  );
}
