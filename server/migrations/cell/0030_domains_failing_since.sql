-- When the owners were told that a domain's record is not found: it is released no sooner than the stated days later.

alter table domains add column failing_since timestamptz;
