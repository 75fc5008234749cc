class User < ApplicationRecord
  has_secure_password

  def cache_key
    Digest::SHA256.hexdigest(name)
  end
end
