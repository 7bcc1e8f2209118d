-- With which key the fingerprints here were made: written once, by the first node. One with another key refuses to serve.
create table database_mark (
  is_only_row boolean primary key default true check (is_only_row),
  fingerprint_key_check bytea not null,
  made_at timestamptz not null default clock_timestamp()
);
