FROM debian:12.5
USER root
RUN apt-get update
USER app
CMD ["/app/run"]
