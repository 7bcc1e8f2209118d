-- With whose rights a campaign removes at its end what nobody decided: who said last that and when it does. Null: who
-- began it.
alter table review_campaigns add column ends_as uuid;
