FROM debian:12.5
# ruleid: dockerfile-tls-verification-off
RUN curl -k https://example.com/tool -o /usr/bin/tool
# ruleid: dockerfile-tls-verification-off
RUN pip install --trusted-host pypi.example.com tool
