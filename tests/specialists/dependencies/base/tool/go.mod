module tool

require example.org/a v1.0.0
