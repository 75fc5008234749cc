ALTER TABLE users ADD COLUMN full_name text;
DROP TABLE IF EXISTS tmp_invoices;
DROP INDEX CONCURRENTLY users_nickname;
