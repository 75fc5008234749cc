class ReportsController < ApplicationController
  def show
    # ruleid: ruby-code-injection
    report = params[:type].constantize.new
    # ruleid: ruby-code-injection
    render plain: report.send(params[:field])
  end

  def calc
    # ruleid: ruby-code-injection
    render plain: eval(params[:expression])
  end
end
