class User < ApplicationRecord
  # ruleid: ruby-loose-anchor
  validates :email, format: { with: /^\w+@\w+\.\w+$/ }
end
