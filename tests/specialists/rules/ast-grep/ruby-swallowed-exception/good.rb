def load(name)
  JSON.parse(File.read(name))
rescue Errno::ENOENT => error
  log.warn(error.message)
  nil
end

def number(text)
  Integer(text) rescue nil
end
