# ruleid: ruby-xxe
doc = Nokogiri::XML(text) { |config| config.noent }
# ruleid: ruby-xxe
other = Nokogiri::XML(text, nil, nil, Nokogiri::XML::ParseOptions::NOENT)
