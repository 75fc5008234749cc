class PreviewController < ApplicationController
  def show
    # ruleid: ruby-ssrf
    render plain: Net::HTTP.get(URI.parse(params[:url]))
    # ruleid: ruby-ssrf
    HTTParty.get(params[:hook])
  end
end
