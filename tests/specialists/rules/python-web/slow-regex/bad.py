import re

# ruleid: slow-regex
WORDS = re.compile(r"^(\w+)*$")
# ruleid: slow-regex
MAIL = re.compile(r"^([a-z0-9]+\.?)+@[a-z]+$")
