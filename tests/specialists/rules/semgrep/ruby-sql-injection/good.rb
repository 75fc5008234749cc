class UsersController < ApplicationController
  def index
    @users = User.where("name LIKE ?", "%#{params[:name]}%")
    @same = User.where(name: params[:name])
    @paged = User.where("id > #{params[:after].to_i}")
    @sorted = User.order(SORTS.fetch(:name))
  end
end
