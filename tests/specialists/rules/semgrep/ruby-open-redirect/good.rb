class SessionsController < ApplicationController
  def create
    redirect_to url_from(params[:return_to]) || root_path
  end

  def leave
    redirect_to user_path(params[:id])
  end
end
