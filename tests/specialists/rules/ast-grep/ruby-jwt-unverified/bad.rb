def claims(token)
  # ruleid: ruby-jwt-unverified
  JWT.decode(token, nil, false).first
end
