class OrdersController < ApplicationController
  # ruleid: ruby-missing-authorisation
  skip_before_action :authenticate_user!
end
