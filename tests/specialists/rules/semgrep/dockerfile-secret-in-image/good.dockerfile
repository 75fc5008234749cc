FROM debian:12
ARG API_KEY
ENV TOKEN=$TOKEN
ENV SECRET_FILE=/run/secrets/key
RUN --mount=type=secret,id=key cat /run/secrets/key
