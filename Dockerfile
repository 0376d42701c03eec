# syntax=docker/dockerfile:1
# docker build -t mlctl .
# docker run -p 8080:8080 -v "$PWD/model:/opt/ml/model:ro" mlctl          hosts the bundle in model/
# docker run -v "$PWD/ml:/opt/ml" mlctl train                             a SageMaker training job
# docker run -v "$PWD:/data" -w /data mlctl train banking.csv --name …    any command of mlctl
FROM debian:12-slim AS build
WORKDIR /src
COPY tests/lib/need tests/lib/need
RUN apt-get update && apt-get install -y --no-install-recommends make && tests/lib/need build
COPY . .
RUN make -j"$(nproc)" image-root DESTDIR=/rootfs CFLAGS=-O2

FROM scratch
# The same folder that `make image-root` makes anywhere, owners included.
COPY --from=build /rootfs /
LABEL com.amazonaws.sagemaker.capabilities.multi-models=true \
      com.amazonaws.sagemaker.capabilities.accept-bind-to-port=true \
      org.opencontainers.image.title=mlctl \
      org.opencontainers.image.licenses=Apache-2.0
# A platform that mounts /opt/ml/model and /opt/ml/output for root alone wants --build-arg USER=0.
ARG USER=65532
USER ${USER}
EXPOSE 8080
HEALTHCHECK --interval=10s --timeout=3s --start-period=5s CMD ["/usr/bin/mlserved", "--health", "127.0.0.1:8080"]
ENTRYPOINT ["/usr/bin/mlctl"]
CMD ["serve"]
