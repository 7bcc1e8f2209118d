-- By which the nodes of one region know the messages of another's. Made of the region's master key; not secret.
alter table regions add column public_key bytea;
