DELETE FROM sessions WHERE expires_at < now();
UPDATE users SET role = 'member' WHERE role IS NULL;
TRUNCATE staging;
