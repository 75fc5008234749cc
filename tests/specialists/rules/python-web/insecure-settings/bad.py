# ruleid: insecure-settings
ALLOWED_HOSTS = ["*"]
# ruleid: insecure-settings
X_FRAME_OPTIONS = "ALLOWALL"
