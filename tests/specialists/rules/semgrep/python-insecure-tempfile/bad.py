import tempfile

# ruleid: python-insecure-tempfile
path = tempfile.mktemp(suffix=".csv")
