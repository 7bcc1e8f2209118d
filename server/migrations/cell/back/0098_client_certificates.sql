-- The way back from 0098_client_certificates.sql, as the owner of the tables. Which certificates gateways ask for is lost.

begin;
lock table migrations in exclusive mode;
alter table agent_reports drop column certificate_fingerprint, drop column certificate_expires_at;
alter table gateways drop column agent_certificates;
delete from migrations where name = '0098_client_certificates.sql';
commit;
