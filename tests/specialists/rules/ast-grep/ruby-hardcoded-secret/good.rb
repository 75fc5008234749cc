Rails.application.config.secret_key_base = ENV.fetch("SECRET_KEY_BASE")
use Rack::Session::Cookie, secret: ENV.fetch("SESSION_SECRET")
token = JWT.encode(claims, Rails.application.credentials.jwt, "HS256")
