CREATE PROCEDURE find_user @name nvarchar(50) AS
BEGIN
  -- ruleid: sql-injection
  EXEC('SELECT * FROM users WHERE name = ''' + @name + '''')
END;

CREATE FUNCTION count_rows(tbl text) RETURNS bigint AS $$
BEGIN
  -- ruleid: sql-injection
  EXECUTE 'SELECT count(*) FROM ' || tbl;
END $$ LANGUAGE plpgsql;
