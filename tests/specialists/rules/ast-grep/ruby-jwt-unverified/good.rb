def claims(token)
  JWT.decode(token, KEY, true, algorithm: "HS256").first
end
