# The gateway with its built-in model. It needs policies with at least one virtual key, mounted over /app/policies:
# without keys it listens inside the container only. k8s/README.md shows the build command.
#
# Images of the .NET 10 SDK and of the ASP.NET Core 10 runtime, from the registry that your company trusts.
ARG SDK_IMAGE
# May be an image without .NET, such as one of CUDA's runtime, where the gateway brings its own: docs/features/gpu.md has that command.
ARG RUNTIME_IMAGE

FROM ${SDK_IMAGE} AS build
ARG PUBLISH_OPTIONS=""
WORKDIR /source
COPY . .
RUN dotnet publish src/Gateway -c Release -o /app ${PUBLISH_OPTIONS}

FROM ${RUNTIME_IMAGE}
# Packages that the image lacks.
ARG RUNTIME_PACKAGES=""
RUN [ -z "${RUNTIME_PACKAGES}" ] || (apt-get update && apt-get install -y --no-install-recommends ${RUNTIME_PACKAGES} && rm -rf /var/lib/apt/lists/*)
# Microsoft's images have a user of this number, and say so.
ARG APP_UID=1654
WORKDIR /app
COPY --from=build /app .
# What was spent, the ledger, managed keys and more: mount a volume here.
RUN mkdir /data && chown $APP_UID /data
ENV Gateway__Urls=http://0.0.0.0:8080 \
    Gateway__DataPath=/data \
    Engine__KernelCachePath=/data/kernels
EXPOSE 8080
USER $APP_UID
ENTRYPOINT ["./gateway"]
