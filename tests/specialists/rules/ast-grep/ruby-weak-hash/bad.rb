# ruleid: ruby-weak-hash
sum = Digest::MD5.hexdigest(text)
