-- What is made all the time no longer locks the row of its tenant: several at once made a lock of many holders there,
-- which cost as much as an index and a half. Row security keeps a row to the tenant of its transaction, which was found
-- before; the rows of a closed tenant go a minute after it was closed, when no such transaction is left.
alter table groups drop constraint groups_tenant_id_fkey;
alter table principals drop constraint principals_tenant_id_fkey;
alter table subject_keys drop constraint subject_keys_tenant_id_fkey;
alter table notices drop constraint notices_tenant_id_fkey;
alter table idempotency_records drop constraint idempotency_records_tenant_id_fkey;
