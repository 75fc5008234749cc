class PaymentsController < ApplicationController
  # ruleid: ruby-csrf-off
  skip_before_action :verify_authenticity_token
end

class FormsController < ApplicationController
  # ruleid: ruby-csrf-off
  protect_from_forgery with: :null_session
end
