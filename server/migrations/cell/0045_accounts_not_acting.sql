-- Those who may not act are few: a preview that concerns everybody asks for them by themselves.
create index accounts_not_acting on accounts (tenant_id, id) where status <> 'enabled' or deleted_at is not null;
