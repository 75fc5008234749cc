sum = Digest::SHA256.hexdigest(text)
