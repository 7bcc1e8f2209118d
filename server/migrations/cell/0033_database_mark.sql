-- What a database is: written once, by the first node that serves from it. A node whose settings mean another region,
-- another cell or other keys refuses to serve from it.
create table database_mark (
  is_only_row boolean primary key default true check (is_only_row),
  region text not null,
  cell int not null,
  master_key_check bytea not null,
  fingerprint_key_check bytea not null,
  made_at timestamptz not null default clock_timestamp()
);
