-- A mailed sign-in link opens in the browser that asked for it. Opened elsewhere it shows a code for that browser.

alter table links add column browser_hash bytea;
alter table links add column code_hash bytea;
