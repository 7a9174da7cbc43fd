import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { exec } from '../../src/system/exec.ts';

const key = '-newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -subj /O=staff/CN=somebody'.split(' ');

/** Writes a certificate and its key, `tls.crt` and `tls.key`, into a folder; resolves to a request for one, in base64. */
export async function makeCertificate(folder: string): Promise<string> {
  const [certificate, keyFile] = [join(folder, 'tls.crt'), join(folder, 'tls.key')];
  const request = join(folder, 'tls.csr');
  await exec(['openssl', 'req', '-x509', ...key, '-days', '2', '-keyout', keyFile, '-out', certificate]);
  await exec(['openssl', 'req', ...key, '-keyout', join(folder, 'csr.key'), '-out', request]);
  return readFileSync(request).toString('base64');
}
