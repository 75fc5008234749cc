class FilesController < ApplicationController
  def show
    # ruleid: ruby-path-traversal
    send_file Rails.root.join("public", params[:name])
  end

  def raw
    path = "/srv/data/#{params[:path]}"
    # ruleid: ruby-path-traversal
    render plain: File.read(path)
  end
end
