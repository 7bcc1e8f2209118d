import { mkdtempSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { aFile } from '../test/licence-files.ts';
import { FILE_TYPE } from './capabilities/licences/files.ts';
import { readConfig } from './kernel/config.ts';
import { newId } from './kernel/ids.ts';
import { readSignedFile } from './kernel/signed-file.ts';
import { makeLicenceKey, signLicence } from './vendor.ts';

const folder = mkdtempSync(join(tmpdir(), 'vendor-'));
const at = (name: string) => join(folder, name);

test('a vendor makes a key and signs a file that a platform with its public half takes', async () => {
  const set = await makeLicenceKey([at('private.json'), 'v1']);
  expect(statSync(at('private.json')).mode & 0o777).toBe(0o600);
  expect(set).not.toContain(JSON.parse(readFileSync(at('private.json'), 'utf8')).d);
  await expect(makeLicenceKey([at('private.json')])).rejects.toThrow('is not written over');
  writeFileSync(at('keys.json'), set);
  const { licence, aud } = aFile(newId());
  writeFileSync(at('contents.json'), JSON.stringify({ licence, aud }));
  const file = await signLicence([at('private.json'), at('contents.json')]);
  const { keys } = readConfig({ BAILIWICK_LICENCE_KEYS: at('keys.json') }).licences;
  const { keyId, contents } = await readSignedFile(file, FILE_TYPE, keys);
  expect(keyId).toBe('v1');
  expect(contents).toMatchObject({ iss: 'bailiwick', aud, licence: { number: 'L-1' } });
});

test('what is wrong is said before anything is signed', async () => {
  writeFileSync(at('wrong.json'), JSON.stringify({ aud: 'somebody', licence: { number: 'L-1' } }));
  await expect(signLicence([at('private.json'), at('wrong.json')])).rejects.toThrow(/aud must be an id/);
  await expect(signLicence([at('private.json')])).rejects.toThrow('Type: bailiwick sign-licence');
  expect(() => readConfig({ BAILIWICK_LICENCE_KEYS: at('private.json') })).toThrow('which holds no keys');
});
