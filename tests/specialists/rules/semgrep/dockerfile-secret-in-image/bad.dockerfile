FROM debian:12
# ruleid: dockerfile-secret-in-image
ENV API_KEY=a1b2c3d4e5f6
# ruleid: dockerfile-secret-in-image
ARG DB_PASSWORD=hunter2hunter2
