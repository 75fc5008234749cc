Rails.application.config.session_store :cookie_store, key: "_shop", secure: true
cookies.encrypted[:auth_token] = { value: user.auth_token, httponly: true, secure: true }
cookies[:theme] = "dark"
