FROM debian:12.5
RUN curl -fsS https://example.com/tool -o /usr/bin/tool
RUN pip install tool==1.2
