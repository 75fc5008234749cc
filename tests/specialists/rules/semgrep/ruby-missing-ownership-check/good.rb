class OrdersController < ApplicationController
  def show
    @order = current_user.orders.find(params[:id])
  end

  def cancel
    @order = Order.find(params[:id])
    authorize @order
    @order.cancel
  end

  def product
    @product = Product.find(params[:id])
  end
end
