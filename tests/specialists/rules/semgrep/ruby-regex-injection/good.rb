class SearchController < ApplicationController
  def index
    render json: NAMES.grep(Regexp.new(Regexp.escape(params[:q])))
  end
end
