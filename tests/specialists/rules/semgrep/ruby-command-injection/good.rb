class OpsController < ApplicationController
  def ping
    host = params[:host]
    system("ping", "-c", "1", "--", host)
    render plain: `dig #{Shellwords.escape(params[:name])}`
  end
end
