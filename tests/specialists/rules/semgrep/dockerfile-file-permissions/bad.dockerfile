FROM debian:12.5
# ruleid: dockerfile-file-permissions
RUN mkdir /data && chmod -R 777 /data
