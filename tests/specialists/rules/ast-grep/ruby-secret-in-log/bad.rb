def login
  # ruleid: ruby-secret-in-log
  Rails.logger.info("login #{params[:password]}")
end
