import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';

export interface Signer {
  /** The name of the authority's certificate in the same folder; without one the certificate signs itself. */
  readonly by?: string;
  /** Such as `IP:127.0.0.1`. */
  readonly alternativeName?: string;
}

/** Writes `NAME.pem` and `NAME-key.pem`, by what OpenSSL 1.1 has as well as later ones. */
export async function issueCertificate(
  folder: string,
  name: string,
  { by, alternativeName }: Signer = {},
): Promise<void> {
  const pem = (of: string): string => join(folder, `${of}.pem`);
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-keyout', pem(`${name}-key`)];
  const subject = ['-subj', `/CN=${name}`];
  if (by === undefined) {
    await execa('openssl', ['req', '-x509', ...key, '-days', '2', ...subject, '-out', pem(name)]);
    return;
  }
  const request = join(folder, `${name}.csr`);
  const extensions = join(folder, `${name}.ext`);
  const names = alternativeName === undefined ? '' : `subjectAltName=${alternativeName}\n`;
  await writeFile(extensions, `basicConstraints=CA:FALSE\n${names}`);
  await execa('openssl', ['req', '-new', ...key, ...subject, '-out', request]);
  const authority = ['-CA', pem(by), '-CAkey', pem(`${by}-key`), '-CAcreateserial'];
  const signed = ['-req', '-in', request, ...authority, '-days', '2', '-extfile', extensions, '-out', pem(name)];
  await execa('openssl', ['x509', ...signed]);
}
