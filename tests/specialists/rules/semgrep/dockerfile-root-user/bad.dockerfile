FROM debian:12.5
RUN apt-get update
# ruleid: dockerfile-root-user
USER root
CMD ["/app/run"]
