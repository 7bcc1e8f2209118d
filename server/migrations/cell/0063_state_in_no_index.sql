-- A change of a column that any index mentions, in its condition too, writes to all indexes of the table. The state of
-- an account is what identity providers change most, so no index mentions it: who may not act is found by account_words.
drop index accounts_not_acting;
