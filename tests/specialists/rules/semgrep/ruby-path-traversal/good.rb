class FilesController < ApplicationController
  def show
    send_file Rails.root.join("public", File.basename(params[:name]))
    render plain: File.read("/srv/data/#{params[:id].to_i}")
  end
end
