-- The way back from 0072_gateway_certificates.sql, as the owner of the tables. Certificates are gone with their keys.

begin;
lock table migrations in exclusive mode;
alter table gateways drop column signing;
drop table gateway_certificates;
delete from migrations where name = '0072_gateway_certificates.sql';
commit;
