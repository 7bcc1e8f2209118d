-- The how many-th time somebody is let in, on both sides: news of the end of one stay leaves the next one alone.
alter table guests add column stay int not null default 1;
-- Null where the visited side named none, as regions of an older version do: then every stay is meant.
alter table visits add column stay int;
