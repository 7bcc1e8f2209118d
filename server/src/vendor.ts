import { readFile, writeFile } from 'node:fs/promises';
import { Contents, FILE_TYPE } from './capabilities/licences/files.ts';
import { ConfigProblem } from './kernel/config.ts';
import { fieldErrors } from './kernel/schema.ts';
import { makeVendorKey, signFile } from './kernel/signed-file.ts';

/** What a vendor does who sells licences to platforms: makes a key, and signs files by it. */

const usage = (line: string) => new ConfigProblem(`Type: bailiwick ${line}`);

/** `make-licence-key <private key file> [key id]`: writes the private key, and gives the set for BAILIWICK_LICENCE_KEYS. */
export async function makeLicenceKey([path, keyId = 'vendor']: string[]): Promise<string> {
  if (!path) throw usage('make-licence-key <file for the private key> [key id]');
  const { privateKey, publicKey } = makeVendorKey(keyId);
  try {
    await writeFile(path, `${JSON.stringify(privateKey, null, 2)}\n`, { mode: 0o600, flag: 'wx' });
  } catch (error) {
    if ((error as { code?: string }).code === 'EEXIST')
      throw new ConfigProblem(`${path} is there already, and a key is not written over. Name another file.`);
    throw error;
  }
  return JSON.stringify({ keys: [publicKey] }, null, 2);
}

/** `sign-licence <private key file> <contents file>`: gives the licence file. */
export async function signLicence([keyPath, contentsPath]: string[]): Promise<string> {
  if (!keyPath || !contentsPath) throw usage('sign-licence <private key file> <file with the contents, JSON>');
  const [key, contents] = await Promise.all([readJson(keyPath), readJson(contentsPath)]);
  const iat = Math.floor(Date.now() / 1000);
  const parsed = Contents.safeParse({ iss: 'bailiwick', iat, ...contents });
  if (!parsed.success)
    throw new ConfigProblem(
      fieldErrors(parsed.error)
        .map(({ path, message }) => `${contentsPath}: ${path} ${message}`)
        .join('\n'),
    );
  try {
    return await signFile(parsed.data, FILE_TYPE, key);
  } catch {
    throw new ConfigProblem(`${keyPath} holds no private key. Make one: bailiwick make-licence-key <file>`);
  }
}

async function readJson(path: string): Promise<Record<string, unknown>> {
  try {
    return JSON.parse(await readFile(path, 'utf8'));
  } catch {
    throw new ConfigProblem(`${path} cannot be read as JSON.`);
  }
}
