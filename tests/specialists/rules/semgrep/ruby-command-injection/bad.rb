class OpsController < ApplicationController
  def ping
    host = params[:host]
    # ruleid: ruby-command-injection
    system("ping -c 1 #{host}")
    # ruleid: ruby-command-injection
    render plain: `dig #{params[:name]}`
  end
end
