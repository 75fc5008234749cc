class ImportController < ApplicationController
  def create
    # ruleid: ruby-unsafe-deserialisation
    user = Marshal.load(Base64.decode64(params[:user]))
    # ruleid: ruby-unsafe-deserialisation
    settings = YAML.load(cookies[:settings])
    render json: [user, settings]
  end
end
