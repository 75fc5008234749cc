# ruleid: ruby-hardcoded-secret
Rails.application.config.secret_key_base = "0123456789abcdef0123456789abcdef"
# ruleid: ruby-hardcoded-secret
use Rack::Session::Cookie, secret: "correcthorse"
# ruleid: ruby-hardcoded-secret
token = JWT.encode(claims, "battery-staple", "HS256")
