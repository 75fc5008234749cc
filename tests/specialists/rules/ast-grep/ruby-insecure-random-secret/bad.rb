def reset
  # ruleid: ruby-insecure-random-secret
  otp = rand(1_000_000)
  # ruleid: ruby-insecure-random-secret
  token = Array.new(20) { ALPHABET[rand(ALPHABET.size)] }.join
  send_mail(otp, token)
end
