CREATE FUNCTION count_rows(tbl text) RETURNS bigint AS $$
BEGIN
  EXECUTE format('SELECT count(*) FROM %I', tbl);
  EXECUTE 'SELECT count(*) FROM ' || quote_ident(tbl);
END $$ LANGUAGE plpgsql;
