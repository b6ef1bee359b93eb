# The server as an image without a shell or a package manager, run by a user without rights. Images are named by digest, so that what was
# reviewed is what is built; "docker buildx imagetools inspect IMAGE:TAG" tells the newest, and dependabot proposes it.
FROM mcr.microsoft.com/dotnet/sdk:10.0-noble@sha256:35d40304542c8689331f8cab17c65926cdf48fe711e289321d71924b230a7d29 AS build
WORKDIR /source
COPY . .
# The folder is made here: the final image has no command that could.
RUN dotnet restore src/Remanso.Server --locked-mode && dotnet publish src/Remanso.Server -c Release --no-restore -o /app --nologo && mkdir /data

FROM mcr.microsoft.com/dotnet/aspnet:10.0-noble-chiseled@sha256:48e51f2f6798897be7ac4e775c049ed8fe60d3190f637e1f9c9dc7513efa659c
COPY --from=build /app /app
COPY --from=build --chown=$APP_UID:$APP_UID /data /data
USER $APP_UID
# Paths of data are relative to the working directory: sqlite:data/remanso.db and data/keys.json lie in the volume. Without a key
# it does not start on all addresses: "docker run --rm -v data:/data remanso keys create NAME --scopes all" makes one.
WORKDIR /
VOLUME /data
ENV ASPNETCORE_URLS=http://+:8000 \
    DOTNET_EnableDiagnostics=0
EXPOSE 8000
HEALTHCHECK --interval=5s --timeout=3s --start-period=10s --retries=3 \
    CMD ["dotnet", "/app/Remanso.Server.dll", "--health", "http://localhost:8000"]
ENTRYPOINT ["dotnet", "/app/Remanso.Server.dll"]
