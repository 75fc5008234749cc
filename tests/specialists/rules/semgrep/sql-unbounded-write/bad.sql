-- ruleid: sql-unbounded-write
DELETE FROM sessions;
-- ruleid: sql-unbounded-write
UPDATE users SET role = 'member';
