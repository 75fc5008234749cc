import tempfile

handle, path = tempfile.mkstemp(suffix=".csv")
with tempfile.NamedTemporaryFile() as file:
    file.write(b"x")
