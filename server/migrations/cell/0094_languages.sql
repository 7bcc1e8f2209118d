-- In which language people are written to: a person's own where one is set, else the tenant's.
alter table accounts add column language text;
alter table tenants add column language text not null default 'en';
alter table mails add column language text not null default 'en';
