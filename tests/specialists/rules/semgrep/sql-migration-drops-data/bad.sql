-- ruleid: sql-migration-drops-data
ALTER TABLE users DROP COLUMN nickname;
-- ruleid: sql-migration-drops-data
ALTER TABLE users RENAME COLUMN name TO full_name;
-- ruleid: sql-migration-drops-data
DROP TABLE invoices;
