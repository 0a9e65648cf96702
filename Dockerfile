# The gateway with its built-in model. It needs policies with at least one virtual key, mounted over /app/policies:
# without keys it listens inside the container only. k8s/README.md shows the build command.
#
# Images of the .NET 10 SDK and of the ASP.NET Core 10 runtime, from the registry that your company trusts.
ARG SDK_IMAGE
ARG RUNTIME_IMAGE

FROM ${SDK_IMAGE} AS build
WORKDIR /source
COPY . .
RUN dotnet publish src/Gateway -c Release -o /app

FROM ${RUNTIME_IMAGE}
WORKDIR /app
COPY --from=build /app .
# What was spent, and the ledger: mount a volume here, or set Redis__Configuration.
RUN mkdir /data && chown $APP_UID /data
ENV Gateway__Urls=http://0.0.0.0:8080 \
    Budgets__Path=/data/budgets.db
EXPOSE 8080
USER $APP_UID
ENTRYPOINT ["./gateway"]
