import type pg from 'pg';
import { fingerprint } from '../secrets.ts';
import { DatabaseProblem } from './migrate.ts';

/**
 * What each database is: the first node that serves from it writes a mark, and every later one compares. A slip in the
 * settings (a URL of another region, cells in another order, keys of another installation) would else show no tenant
 * where there are many, or write what nobody can read.
 */

interface CellMark {
  region: string;
  /** Place in the region's list of databases, from 0: tenants are found by it. */
  cell: number;
  masterKey: Buffer;
  fingerprintKey: Buffer;
}

/** @throws {DatabaseProblem} when the database is another one, or was written with other keys */
export async function checkCellMark(pool: pg.Pool, { region, cell, masterKey, fingerprintKey }: CellMark) {
  const label = `Region ${region}, cell ${cell + 1}`;
  const urls = (code: string) => `BAILIWICK_DATABASE_${code.toUpperCase()}`;
  const wanted = [region, cell, checkOf(masterKey), checkOf(fingerprintKey)];
  const read = () =>
    pool.query<{ region: string; cell: number; master: boolean; fingerprint: boolean }>(
      `select region, cell, master_key_check = $1 as master, fingerprint_key_check = $2 as fingerprint from database_mark`,
      wanted.slice(2),
    );
  const { rows } = await read();
  if (!rows[0])
    await pool.query(
      `insert into database_mark (region, cell, master_key_check, fingerprint_key_check) values ($1, $2, $3, $4)
       on conflict do nothing`,
      wanted,
    );
  const mark = rows[0] ?? (await read()).rows[0];
  if (!mark) throw new DatabaseProblem(`${label}: the mark of the database could not be read.`);
  if (mark.region !== region)
    throw new DatabaseProblem(
      `${label}: this database holds the region ${mark.region}. Set ${urls(region)} to databases of its own; nothing was changed.`,
    );
  if (mark.cell !== cell)
    throw new DatabaseProblem(
      `${label}: this database is cell ${mark.cell + 1} of the region. Set ${urls(region)} to all cells, each once, in the order in which they were added; nothing was changed.`,
    );
  if (!mark.master) throw otherKey(label, `the master key of ${region}`);
  if (!mark.fingerprint) throw otherKey(label, 'the fingerprint key');
}

/** @throws {DatabaseProblem} when the directory's fingerprints were made with another key */
export async function checkDirectoryMark(pool: pg.Pool, fingerprintKey: Buffer) {
  const read = () =>
    pool.query<{ fingerprint: boolean }>('select fingerprint_key_check = $1 as fingerprint from database_mark', [
      checkOf(fingerprintKey),
    ]);
  const { rows } = await read();
  if (!rows[0])
    await pool.query('insert into database_mark (fingerprint_key_check) values ($1) on conflict do nothing', [
      checkOf(fingerprintKey),
    ]);
  const mark = rows[0] ?? (await read()).rows[0];
  if (!mark?.fingerprint) throw otherKey('Directory', 'the fingerprint key');
}

/** Tells nothing of the key. */
const checkOf = (key: Buffer) => fingerprint(key, 'database-mark', '');

const otherKey = (label: string, key: string) =>
  new DatabaseProblem(
    `${label}: ${key} is not the one that this database was written with. Put that one back from its backup; nothing was changed.`,
  );
