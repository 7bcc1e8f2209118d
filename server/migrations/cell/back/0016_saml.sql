-- The way back from 0016_saml.sql, as the owner of the tables.

begin;
lock table migrations in exclusive mode;
drop table saml_sessions;
drop table saml_messages;
drop table saml_keys;
delete from migrations where name = '0016_saml.sql';
commit;
