# ruleid: weak-password-policy
AUTH_PASSWORD_VALIDATORS = []
