-- ruleid: sql-migration-locks-table
ALTER TABLE orders ADD COLUMN region text NOT NULL;
-- ruleid: sql-migration-locks-table
CREATE INDEX orders_region ON orders USING btree (region);
-- ruleid: sql-migration-locks-table
ALTER TABLE orders ALTER COLUMN total TYPE numeric(12, 2);
