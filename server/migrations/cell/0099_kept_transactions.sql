-- How many transactions of a day were kept, and how many were left out beyond what a tenant may have kept.
alter table transaction_counts add column kept bigint not null default 0, add column left_out bigint not null default 0;
