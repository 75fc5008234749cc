FROM debian:12.5
RUN mkdir /data && chown app /data
