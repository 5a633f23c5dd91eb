# The server in an image of what it needs and nothing else: the program, a few shared libraries and the shipped
# model. No shell, no package manager; any user id, read-only root file system.
#
#   docker build -t mtan .
#   docker run --read-only -p 8000:8000 mtan
#   docker run --read-only -p 8000:8000 -v ./my-models:/models:ro mtan

ARG SWIFT_IMAGE=docker.io/library/swift:6.3-bookworm
ARG DEBIAN_IMAGE=docker.io/library/debian:bookworm-slim

FROM ${SWIFT_IMAGE} AS build
WORKDIR /source
COPY dev .
RUN ./dev setup && rm -rf /var/lib/apt/lists/*
COPY . .
RUN swift build -c release --product mtan --static-swift-stdlib \
    && install -s .build/release/mtan /usr/bin/mtan

# Everything that the program is linked with, at the places where the loader looks.
FROM ${DEBIAN_IMAGE} AS libraries
RUN apt-get update -qq \
    && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends \
        ca-certificates libdeflate0 libjpeg62-turbo libopenblas0-pthread libpng16-16 libstdc++6 libtiff6 \
        libwebp7 \
    && rm -rf /var/lib/apt/lists/*
COPY --from=build /usr/bin/mtan /usr/bin/mtan
RUN set -eu; mkdir -p /image/tmp /image/etc/ssl/certs; \
    ldd /usr/bin/mtan > /libraries; ! grep 'not found' /libraries; \
    grep -o '/[^ ]*' /libraries | sort -u | while read -r file; do \
        mkdir -p "/image$(dirname "$file")"; cp -L "$file" "/image$file"; \
    done; \
    cp /etc/ssl/certs/ca-certificates.crt /image/etc/ssl/certs/; \
    echo 'mtan:x:65532:65532::/:/nonexistent' > /image/etc/passwd; \
    echo 'mtan:x:65532:' > /image/etc/group

FROM scratch
COPY --from=libraries /image/ /
COPY --from=build /usr/bin/mtan /usr/bin/mtan
COPY models/mtan-rooms /models/mtan-rooms
ENV MTAN_HOST=0.0.0.0 MTAN_MODELS=/models MTAN_MODEL=/models/mtan-rooms
USER 65532:65532
EXPOSE 8000
HEALTHCHECK --interval=10s --timeout=4s --start-period=30s --retries=3 CMD ["/usr/bin/mtan", "health"]
ENTRYPOINT ["/usr/bin/mtan"]
CMD ["serve"]
