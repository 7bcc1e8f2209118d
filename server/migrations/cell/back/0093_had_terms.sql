-- The way back from 0093_had_terms.sql, as the owner of the tables.

begin;
lock table migrations in exclusive mode;
alter table licence_looks drop column had_terms;
delete from migrations where name = '0093_had_terms.sql';
commit;
