http = Net::HTTP.new(host, 443)
http.use_ssl = true
# ruleid: ruby-tls-verification-off
http.verify_mode = OpenSSL::SSL::VERIFY_NONE
# ruleid: ruby-tls-verification-off
HTTParty.get(url, verify: false)
