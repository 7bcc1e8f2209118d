-- The way back from 0026_links_of_a_browser.sql, as the owner of the tables.

begin;
lock table migrations in exclusive mode;
alter table links drop column browser_hash, drop column code_hash;
delete from migrations where name = '0026_links_of_a_browser.sql';
commit;
