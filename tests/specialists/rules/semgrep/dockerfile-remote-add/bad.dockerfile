FROM debian:12.5
# ruleid: dockerfile-remote-add
ADD https://example.com/tool.tgz /opt/
