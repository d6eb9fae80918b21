# The hub: docker build -f deploy/signal.Dockerfile .     (linux/amd64 and linux/arm64, with buildx for both)
# Built on the builder's own architecture for any other: no emulation.
FROM --platform=$BUILDPLATFORM mcr.microsoft.com/dotnet/sdk:10.0 AS build
ARG TARGETARCH
WORKDIR /source
COPY . .
RUN dotnet publish src/Signal -c Release -a $TARGETARCH --no-self-contained -o /app

# Chiselled: no shell, no package manager, not root. What it writes goes to /data; the rest may be read-only.
FROM mcr.microsoft.com/dotnet/aspnet:10.0-noble-chiseled
COPY --from=build /app /app
WORKDIR /data
ENV HTTP_PORTS=8080 Startup__QrCode=false
EXPOSE 8080/tcp 3478/udp 3479/udp 7882/udp 7882/tcp
HEALTHCHECK --interval=5s --timeout=4s --start-period=10s --retries=3 CMD ["dotnet", "/app/RtcHub.Signal.dll", "healthcheck"]
ENTRYPOINT ["dotnet", "/app/RtcHub.Signal.dll"]
