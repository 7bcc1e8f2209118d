-- Transactions are counted for the licence that the namespace has then: another one later does not change that.

alter table transaction_counts add column licence_id uuid;
alter table transaction_counts drop constraint transaction_counts_pkey;
alter table transaction_counts
  add constraint transaction_counts_once unique nulls not distinct (tenant_id, day, namespace_id, node, licence_id);

alter table transaction_counts no force row level security;
alter table licence_namespaces no force row level security;
update transaction_counts c set licence_id = l.licence_id
from licence_namespaces l where l.tenant_id = c.tenant_id and l.namespace_id = c.namespace_id;
alter table licence_namespaces force row level security;
alter table transaction_counts force row level security;
