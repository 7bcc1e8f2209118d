-- The how many-th time somebody is let in, on both sides: news of the end of one stay leaves the next one alone.
alter table guests add column stay int not null default 1;
alter table visits add column stay int not null default 1;
