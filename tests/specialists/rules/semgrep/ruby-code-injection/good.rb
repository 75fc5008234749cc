class ReportsController < ApplicationController
  REPORTS = { "sales" => SalesReport }.freeze

  def show
    report = REPORTS.fetch(params[:type]).new
    render plain: report.send(:title)
  end
end
