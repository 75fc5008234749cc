def allowed?
  ActiveSupport::SecurityUtils.secure_compare(params[:token], api_token)
end
