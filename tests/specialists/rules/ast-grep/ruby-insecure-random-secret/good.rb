def reset
  otp = SecureRandom.random_number(1_000_000)
  delay = rand(10)
  send_mail(otp, delay)
end
