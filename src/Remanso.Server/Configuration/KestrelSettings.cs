using System.Security.Authentication;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Https;

namespace Remanso.Server.Configuration;

/// <summary>The settings under <c>Kestrel</c> that Kestrel reads itself: endpoints and certificates. Anything else
/// there would be ignored, and is refused.</summary>
internal static class KestrelSettings
{
    public const string Name = "Kestrel";
    public const string EndpointsName = "Kestrel:Endpoints";

    public const string DefaultCertificate = "Kestrel:Certificates:Default";

    private const string ModeName = "ClientCertificateMode";
    private const string Development = "Development";
    private const string AllowInvalid = "AllowInvalid";

    private static readonly string[] _sections = ["Endpoints", "EndpointDefaults", "Certificates"];
    private static readonly string[] _certificates = ["Default", Development];
    private static readonly string[] _development = ["Password"];
    private static readonly string[] _certificate = ["Path", "KeyPath", "Password", "Subject", "Store", "Location", AllowInvalid];
    private static readonly string[] _defaults = ["Protocols", "SslProtocols", ModeName];
    private static readonly string[] _byName = [.. _defaults, "Certificate"];
    private static readonly string[] _endpoint = ["Url", .. _byName, "Sni"];

    /// <summary>Where Kestrel finds a file of a certificate.</summary>
    public static string FileOf(string path) => Path.Combine(AppContext.BaseDirectory, path);

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

            ServerSettings.RequireFolder($"{endpoint.Path}:Url", address);
            CheckConnections(endpoint, _endpoint);
            foreach (var name in endpoint.GetSection("Sni").GetChildren())
            {
                CheckConnections(name, _byName);
            }
        }

        CheckConnections(configuration.GetSection("Kestrel:EndpointDefaults"), _defaults);
        var certificates = configuration.GetSection("Kestrel:Certificates");
        CheckNames(certificates, _certificates);
        CheckNames(certificates.GetSection(Development), _development);
        CheckCertificate(certificates.GetSection("Default"));

        if (endpoints.Length > 0 && !string.IsNullOrWhiteSpace(configuration[ServerSettings.UrlsName]))
        {
            throw new SettingException(
                $"{ServerSettings.UrlsName} and {EndpointsName} both say where to listen; set one of them "
                    + "(the image sets ASPNETCORE_URLS; empty, it is not set)"
            );
        }

        return endpoints.Length > 0;
    }

    /// <summary>A setting by which a caller would connect without a certificate, though an authority of certificates is
    /// set; null where there is none.</summary>
    public static string? FindWithoutCertificate(IConfiguration configuration) =>
        configuration
            .GetSection(Name)
            .AsEnumerable()
            .Where(static pair =>
                pair.Key.EndsWith(":" + ModeName, StringComparison.OrdinalIgnoreCase)
                && pair.Value is { Length: > 0 } mode
                && !mode.Equals(nameof(ClientCertificateMode.RequireCertificate), StringComparison.OrdinalIgnoreCase)
            )
            .Select(static pair => pair.Key)
            .FirstOrDefault();

    // Kestrel ignores a value that it can't read.
    private static void CheckConnections(IConfigurationSection section, string[] known)
    {
        CheckNames(section, known);
        CheckCertificate(section.GetSection("Certificate"));
        CheckValue<HttpProtocols>(section.GetSection("Protocols"));
        CheckValue<ClientCertificateMode>(section.GetSection(ModeName));
        foreach (var protocol in section.GetSection("SslProtocols").GetChildren())
        {
            CheckValue<SslProtocols>(protocol);
        }

        if (section["SslProtocols"] is { Length: > 0 })
        {
            throw new SettingException($"{section.Path}:SslProtocols is a list: {section.Path}:SslProtocols:0 is its first");
        }
    }

    // A certificate is of files or of the store of certificates, and what belongs to the other one is ignored.
    private static void CheckCertificate(IConfigurationSection section)
    {
        CheckNames(section, _certificate);
        CheckNeeds(section, "Path", ["KeyPath", "Password"]);
        CheckNeeds(section, "Subject", ["Store", "Location", AllowInvalid]);
        if (section[AllowInvalid] is { Length: > 0 } text && !bool.TryParse(text, out _))
        {
            throw new SettingException($"{section.Path}:{AllowInvalid} must be true or false, but is {text}");
        }
    }

    private static void CheckNeeds(IConfigurationSection section, string needed, string[] names)
    {
        if (section[needed] is not { Length: > 0 } && Array.Find(names, name => section[name] is { Length: > 0 }) is { } idle)
        {
            throw new SettingException($"{section.Path}:{idle} needs {section.Path}:{needed} beside it");
        }
    }

    private static void CheckNames(IConfigurationSection section, string[] known)
    {
        foreach (var child in section.GetChildren())
        {
            if (!known.Contains(child.Key, StringComparer.OrdinalIgnoreCase))
            {
                throw new SettingException($"{child.Path} is not a known setting; there are {string.Join(", ", known)}");
            }
        }
    }

    private static void CheckValue<T>(IConfigurationSection setting)
        where T : struct, Enum
    {
        if (setting.Value is { Length: > 0 } text && !IsOneOf<T>(text))
        {
            throw new SettingException($"{setting.Path} must be one of {string.Join(", ", Enum.GetNames<T>())}, but is {text}");
        }
    }

    // Flags may be several, such as Http1, Http3.
    private static bool IsOneOf<T>(string text)
        where T : struct, Enum =>
        Enum.TryParse<T>(text, ignoreCase: true, out var value)
        && (
            Enum.IsDefined(value)
            || (
                typeof(T).IsDefined(typeof(FlagsAttribute), inherit: false)
                && text.Split(',').All(static one => Enum.TryParse<T>(one, ignoreCase: true, out var flag) && Enum.IsDefined(flag))
            )
        );
}
