def allowed?
  # ruleid: ruby-timing-unsafe-compare
  params[:token] == api_token
end
