import re

WORDS = re.compile(r"^\w+( \w+)*$")
MAIL = re.compile(r"^[a-z0-9.]+@[a-z]+$")
LIST = re.compile(r"(\d+,)+")
