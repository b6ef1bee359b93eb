namespace Remanso.Server.Configuration;

/// <summary>The settings under <c>Kestrel</c> that Kestrel reads itself: endpoints and certificates. Anything else
/// there would be ignored, and is refused.</summary>
internal static class KestrelSettings
{
    public const string Name = "Kestrel";
    public const string EndpointsName = "Kestrel:Endpoints";

    private static readonly string[] _sections = ["Endpoints", "EndpointDefaults", "Certificates"];

    /// <summary>Checks the section.</summary>
    /// <returns>Whether it has endpoints, which then take the place of <c>urls</c>.</returns>
    /// <exception cref="SettingException">A setting would be ignored, or an endpoint has no address.</exception>
    public static bool HasEndpoints(IConfiguration configuration)
    {
        foreach (var child in configuration.GetSection(Name).GetChildren())
        {
            if (!_sections.Contains(child.Key, StringComparer.OrdinalIgnoreCase))
            {
                throw new SettingException($"{child.Path} can't be set here; under {Name} there are {string.Join(", ", _sections)}");
            }
        }

        var endpoints = configuration.GetSection(EndpointsName).GetChildren().ToArray();
        foreach (var endpoint in endpoints)
        {
            var address = endpoint["Url"];
            if (string.IsNullOrWhiteSpace(address))
            {
                throw new SettingException($"{endpoint.Path}:Url is missing: the address of the endpoint, such as http://localhost:8000");
            }

            if (!ServerSettings.IsAddress(address))
            {
                throw new SettingException(
                    $"{endpoint.Path}:Url must be an address such as {ServerSettings.DefaultUrls}, but is {ShownAddress.Of(address)}"
                );
            }
        }

        if (endpoints.Length > 0 && !string.IsNullOrWhiteSpace(configuration[ServerSettings.UrlsName]))
        {
            throw new SettingException(
                $"{ServerSettings.UrlsName} and {EndpointsName} both say where to listen; set one of them "
                    + "(the image sets ASPNETCORE_URLS; empty, it is not set)"
            );
        }

        return endpoints.Length > 0;
    }
}
