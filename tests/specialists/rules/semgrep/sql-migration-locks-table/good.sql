ALTER TABLE orders ADD COLUMN region text NOT NULL DEFAULT 'eu';
ALTER TABLE orders ADD COLUMN note text;
CREATE INDEX CONCURRENTLY orders_region ON orders USING btree (region);
