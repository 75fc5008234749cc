class PagesController < ApplicationController
  def show
    @title = params[:title]
    @name = sanitize(params[:name])
    @rule = "<hr>".html_safe
  end
end
