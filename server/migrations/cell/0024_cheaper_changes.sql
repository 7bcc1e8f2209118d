-- A check is read anew by each statement that writes its table, a quarter of what a change of an account's state costs
-- the database. Both columns hold constants of the server's, and what each source has besides is in the types that write
-- it.
alter table accounts drop constraint accounts_of_source;
