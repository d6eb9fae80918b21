# The media service: docker build -f deploy/sfu.Dockerfile .     (linux/amd64 and linux/arm64, with buildx for both)
# Built on the builder's own architecture for any other: no emulation.
FROM --platform=$BUILDPLATFORM mcr.microsoft.com/dotnet/sdk:10.0 AS build
ARG TARGETARCH
WORKDIR /source
COPY . .
RUN dotnet publish src/Sfu -c Release -a $TARGETARCH --no-self-contained -o /app

# Chiselled: no shell, no package manager, not root. It writes nothing at all.
FROM mcr.microsoft.com/dotnet/aspnet:10.0-noble-chiseled
COPY --from=build /app /app
WORKDIR /app
ENV HTTP_PORTS=7880
EXPOSE 7880/tcp 7882/udp 7882/tcp
HEALTHCHECK --interval=5s --timeout=4s --start-period=10s --retries=3 CMD ["dotnet", "/app/RtcHub.Sfu.dll", "healthcheck"]
ENTRYPOINT ["dotnet", "/app/RtcHub.Sfu.dll"]
