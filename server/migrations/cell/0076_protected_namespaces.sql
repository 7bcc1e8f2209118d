-- A protected namespace is changed by those only who say its name with each change.
alter table namespaces add column protection text not null default 'none'
  constraint namespaces_protection check (protection in ('none', 'name'));
