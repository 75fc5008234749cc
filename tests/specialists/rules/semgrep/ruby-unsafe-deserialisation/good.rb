class ImportController < ApplicationController
  def create
    user = JSON.parse(params[:user])
    settings = YAML.safe_load(cookies[:settings])
    render json: [user, settings]
  end
end
