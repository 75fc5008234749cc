# ruleid: cors-any-origin
CORS_ALLOW_ALL_ORIGINS = True
