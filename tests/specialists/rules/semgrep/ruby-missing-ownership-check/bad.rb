class OrdersController < ApplicationController
  def show
    # ruleid: ruby-missing-ownership-check
    @order = Order.find(params[:id])
  end
end
