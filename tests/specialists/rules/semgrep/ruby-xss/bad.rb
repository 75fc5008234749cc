class PagesController < ApplicationController
  def show
    # ruleid: ruby-xss
    @title = "<b>#{params[:title]}</b>".html_safe
    name = params[:name]
    # ruleid: ruby-xss
    @name = raw(name)
  end
end
