class PreviewController < ApplicationController
  def show
    render plain: Net::HTTP.get(URI.parse("https://api.example.com/#{params[:id].to_i}"))
    HTTParty.get(HOOK)
  end
end
