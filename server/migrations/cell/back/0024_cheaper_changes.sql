-- The way back from 0024_cheaper_changes.sql, as the owner of the tables.

begin;
lock table migrations in exclusive mode;
alter table accounts
  add constraint accounts_of_source check (
    status in ('new', 'enabled', 'disabled') and
    case source when 'scim' then username_folded is not null and attributes is not null
                when 'local' then email is not null and email_canonical is not null
                else false end) not valid;
delete from migrations where name = '0024_cheaper_changes.sql';
commit;
