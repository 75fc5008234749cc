class UsersController < ApplicationController
  def create
    # ruleid: ruby-mass-assignment
    user = User.new(params[:user])
    # ruleid: ruby-mass-assignment
    user.update(params.require(:user).permit!)
  end
end
