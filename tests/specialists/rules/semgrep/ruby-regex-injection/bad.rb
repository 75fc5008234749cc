class SearchController < ApplicationController
  def index
    # ruleid: ruby-regex-injection
    render json: NAMES.grep(Regexp.new(params[:q]))
  end
end
