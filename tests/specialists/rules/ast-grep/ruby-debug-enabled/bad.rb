Rails.application.configure do
  config.eager_load = true
  # ruleid: ruby-debug-enabled
  config.consider_all_requests_local = true
end
