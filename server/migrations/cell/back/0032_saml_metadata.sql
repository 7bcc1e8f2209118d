-- The way back from 0032_saml_metadata.sql, as the owner of the tables.

begin;
lock table migrations in exclusive mode;
drop table saml_metadata;
delete from migrations where name = '0032_saml_metadata.sql';
commit;
