-- The way back from 0090_licences.sql, as the owner of the tables. Licences, what is offered and billing profiles are lost.

begin;
lock table migrations in exclusive mode;
drop table licence_namespaces;
drop table subscriptions;
drop table licence_files;
drop table licences;
drop table billing_profiles;
drop table products;
delete from migrations where name = '0090_licences.sql';
commit;
