class User < ApplicationRecord
  validates :email, format: { with: /\A\w+@\w+\.\w+\z/ }
end
