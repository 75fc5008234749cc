FROM debian:12
# ruleid: dockerfile-download-piped-to-shell
RUN curl -fsSL https://example.com/install.sh | bash
