-- ruleid: sql-wildcard-permissions
GRANT ALL PRIVILEGES ON *.* TO 'shop'@'10.0.0.1';
-- ruleid: sql-wildcard-permissions
GRANT SELECT ON users TO PUBLIC;
