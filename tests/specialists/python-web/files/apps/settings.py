DEBUG = True
ALLOWED_HOSTS = ["*"]
SECRET_KEY = "d3v-9f27-key-in-the-source"
INSTALLED_APPS = ["django.contrib.sessions", "billing"]
MIDDLEWARE = [
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
AUTH_PASSWORD_VALIDATORS = []
SESSION_COOKIE_HTTPONLY = False
CORS_ORIGIN_ALLOW_ALL = True
DATABASES = {"default": {"ENGINE": "postgresql", "USER": "billing", "PASSWORD": "Kx82-pass"}}
REST_FRAMEWORK = {"DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.AllowAny"]}
