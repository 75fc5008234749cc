class UsersController < ApplicationController
  def index
    # ruleid: ruby-sql-injection
    @users = User.where("name LIKE '%#{params[:name]}%'")
    by = params[:by]
    # ruleid: ruby-sql-injection
    @sorted = User.order(by)
    # ruleid: ruby-sql-injection
    @found = User.find_by_sql("SELECT * FROM users WHERE id = " + params[:id])
  end
end
