class SessionsController < ApplicationController
  def create
    # ruleid: ruby-open-redirect
    redirect_to params[:return_to]
  end

  def leave
    target = params[:url]
    # ruleid: ruby-open-redirect
    redirect_to(target, allow_other_host: true)
  end
end
