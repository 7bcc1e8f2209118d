import { expect, inject, test } from 'vitest';
import { makePool, Unit } from '../src/kernel/database/pool.ts';
import { newId } from '../src/kernel/ids.ts';
import { aPlatform } from './harness.ts';

/** T4: one connection, tenants in turn, failures between. */
test('each unit of work sees its own tenant only, and leaves nothing behind on the connection', async () => {
  const platform = await aPlatform({ regions: ['au'] });
  const { host, port } = inject('postgres');
  const pool = makePool({
    connection: { host, port, user: 'app', database: platform.databases.cells.au?.[0] as string },
    size: 1,
  });
  const tenants = [newId(), newId()];
  const context = { name: 'context', text: "select current_setting('bailiwick.tenant', true) as tenant", values: [] };
  try {
    for (let at = 0; at < 1000; at++) {
      const tenantId = tenants[at % 2] as string;
      const { unit, rows } = await Unit.open(pool, tenantId, [context]);
      expect(rows[0]).toEqual([{ tenant: tenantId }]);
      if (at % 10 === 0) {
        const broken = unit.db
          .insertInto('groups')
          .values({ tenantId, id: newId(), name: 'x', nameCanonical: 'x' })
          .execute();
        await expect(broken).rejects.toThrow(/groups_tenant_id_fkey/);
        await expect(unit.commit()).rejects.toThrow('rolled back instead of committed');
      } else if (at % 2) await unit.rollback();
      else await unit.commit();
      const between = await Unit.open(pool, null, [context]);
      expect(between.rows[0]?.map((row) => (row as { tenant: string | null }).tenant || null)).toEqual([null]);
      await between.unit.rollback();
    }
  } finally {
    await pool.end();
  }
});

test('a unit of work that is over takes no more queries', async () => {
  const platform = await aPlatform({ regions: ['au'] });
  const { host, port } = inject('postgres');
  const pool = makePool({
    connection: { host, port, user: 'app', database: platform.databases.cells.au?.[0] as string },
    size: 1,
  });
  try {
    const { unit } = await Unit.open(pool, newId());
    await unit.commit();
    await expect(unit.db.selectFrom('groups').selectAll().execute()).rejects.toThrow('over');
  } finally {
    await pool.end();
  }
});

test('a tenant id of another form never reaches the database', async () => {
  const { host, port } = inject('postgres');
  const pool = makePool({ connection: { host, port, user: 'app', database: 'template_cell' }, size: 1 });
  try {
    for (const id of ["'; drop table groups; --", '', 'NULL', newId().toUpperCase()])
      await expect(Unit.open(pool, id)).rejects.toThrow();
  } finally {
    await pool.end();
  }
});
