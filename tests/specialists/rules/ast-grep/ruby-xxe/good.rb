doc = Nokogiri::XML(text) { |config| config.strict.nonet }
other = Nokogiri::XML(text)
