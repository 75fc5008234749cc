class User < ApplicationRecord
  def hash_password
    # ruleid: ruby-weak-password-hash
    self.digest = Digest::MD5.hexdigest(password)
  end
end
