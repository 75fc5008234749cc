# ruleid: ruby-insecure-cookie
Rails.application.config.session_store :cookie_store, key: "_shop", httponly: false
# ruleid: ruby-insecure-cookie
cookies[:auth_token] = user.auth_token
