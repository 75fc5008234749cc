class SessionsController < ApplicationController
  skip_before_action :authenticate_user!
end

class OrdersController < ApplicationController
  skip_before_action :set_locale
  before_action :authenticate_user!
end
