def login
  Rails.logger.info("login of #{user.id}")
  Rails.logger.info("wrong password")
end
