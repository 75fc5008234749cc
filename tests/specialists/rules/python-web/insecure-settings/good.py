ALLOWED_HOSTS = ["shop.example.com"]
X_FRAME_OPTIONS = "DENY"
