using System.Globalization;
using System.Net;
using Microsoft.AspNetCore.Server.Kestrel.Https;
using Remanso.AspNetCore.Security;
using Remanso.AspNetCore.Security.Authentication;
using Remanso.AspNetCore.Security.Keys;
using Remanso.Server.Hosting;

namespace Remanso.Server.Configuration;

/// <summary>Who is answered, and how much at once: the section <c>Remanso:Security</c>.</summary>
internal sealed class SecuritySettings
{
    public const string Name = "Remanso:Security";
    public const string KeyFileName = Name + ":KeyFile";
    public const string AllowAnonymousName = Name + ":AllowAnonymous";
    public const string HostsName = Name + ":Hosts";
    public const string ClientAuthorityName = Name + ":ClientAuthority";

    /// <summary>The file of keys that is used where it is there and no other is set.</summary>
    public const string DefaultKeyFile = "data/keys.json";

    /// <summary>How many connections may be open where neither a setting nor the limit of open files says another number.</summary>
    public const int ConnectionsUnlessSet = 10_000;

    private const string TokensName = Name + ":Jwt";
    private const string RateName = Name + ":RequestsPerSecond";
    private const string RequestsName = Name + ":MaxRequests";
    private const string ConnectionsName = Name + ":MaxConnections";
    private const int MostOfAnything = 1_000_000;

    // A load balancer and its probes keep about as many open.
    private const int FewestConnections = 16;

    private static readonly string[] _known =
    [
        "AllowAnonymous",
        "ClientAuthority",
        "Hosts",
        "Jwt",
        "KeyFile",
        "MaxConnections",
        "MaxRequests",
        "RequestsPerSecond",
    ];

    private static readonly string[] _knownOfTokens = ["Audience", "Authority", "RequireHttps", "ScopeClaim"];

    public string? KeyFile { get; private init; }

    public RemansoTokenOptions? Tokens { get; private init; }

    public bool AllowAnonymous { get; private init; }

    public required IReadOnlyList<string> Hosts { get; init; }

    public int? RequestsPerSecond { get; private init; }

    public int MaxRequests { get; private init; }

    /// <summary>How many connections may be open at once, on all addresses together.</summary>
    public int MaxConnections { get; private init; }

    /// <summary>The PEM file of the authorities whose client certificates are trusted; null for those of the machine.</summary>
    public string? ClientAuthority { get; private init; }

    /// <summary>Who is answered, for people.</summary>
    public string Description =>
        (KeyFile, Tokens, AllowAnonymous) switch
        {
            (_, _, true) => "EVERYBODY who reaches the address may read, write and delete everything (--allow-anonymous)",
            ({ } file, null, _) => $"who has a key of {file}",
            (null, { } tokens, _) => $"who has a token of {tokens.Authority}",
            ({ } file, { } tokens, _) => $"who has a key of {file} or a token of {tokens.Authority}",
            _ => "this machine alone; 'keys create' makes keys for others",
        };

    /// <summary>Reads the section, and checks that nobody can be answered who should not.</summary>
    /// <param name="configuration">Everything that is set.</param>
    /// <param name="addresses">Where the server will listen.</param>
    /// <exception cref="SettingException">A setting is wrong, or other machines would be answered without keys.</exception>
    public static SecuritySettings Read(IConfiguration configuration, IReadOnlyCollection<string> addresses)
    {
        var section = configuration.GetSection(Name);
        if (FindUnknown(configuration).FirstOrDefault() is { } unknown)
        {
            throw new SettingException(unknown);
        }

        var settings = new SecuritySettings
        {
            KeyFile = KeyFileOf(configuration),
            Tokens = ReadTokens(configuration),
            AllowAnonymous = Boolean(configuration, AllowAnonymousName, unlessSet: false),
            Hosts = [.. List(section.GetSection("Hosts")), .. addresses.Select(HostOf).OfType<string>()],
            RequestsPerSecond = Number(configuration, RateName),
            MaxRequests = Number(configuration, RequestsName) ?? RemansoSecurityOptions.DefaultMaxRequests,
            MaxConnections = MaxConnectionsOf(configuration),
            ClientAuthority = configuration[ClientAuthorityName] is { Length: > 0 } authority ? authority : null,
        };
        settings.Check(addresses);
        if (settings.ClientAuthority is not null && KestrelSettings.FindWithoutCertificate(configuration) is { } mode)
        {
            throw new SettingException(
                $"{mode} must be {nameof(ClientCertificateMode.RequireCertificate)}, for {ClientAuthorityName} is set: without a "
                    + "certificate of its own nobody is to connect"
            );
        }

        return settings;
    }

    /// <summary>All that is wrong in the section, a line each.</summary>
    public static IEnumerable<string> FindProblems(IConfiguration configuration, IReadOnlyCollection<string> addresses)
    {
        string[] alone =
        [
            .. FindUnknown(configuration),
            .. SettingReview.Problems(
                () => ReadTokens(configuration),
                () => Boolean(configuration, AllowAnonymousName, unlessSet: false),
                () => Number(configuration, RateName),
                () => Number(configuration, RequestsName),
                () => Number(configuration, ConnectionsName)
            ),
        ];

        // What they say together can be judged only where each can be read.
        return alone.Length > 0 ? alone : SettingReview.Problems(() => Read(configuration, addresses));
    }

    /// <summary>How many connections may be open: what is set, or as many as the limit of open files leaves.</summary>
    /// <exception cref="SettingException">The setting is wrong, or there is none and the limit leaves next to nothing.</exception>
    public static int MaxConnectionsOf(IConfiguration configuration)
    {
        if (Number(configuration, ConnectionsName) is { } set)
        {
            return set;
        }

        var left = OpenFiles.Left(OpenFiles.Limit);
        return left >= FewestConnections
            ? (int)Math.Min(ConnectionsUnlessSet, left)
            : throw new SettingException(
                $"{ConnectionsName} must be set, or the limit of open files raised (LimitNOFILE of systemd, ulimit -n): this process may "
                    + $"open {OpenFiles.Limit}, of which it needs some {OpenFiles.OfTheProcess} itself, and {left} connections are too few"
            );
    }

    /// <summary>Whether so many connections are all that the limit of open files leaves, and fewer than usual.</summary>
    public static bool IsReduced(int connections) => connections < ConnectionsUnlessSet && connections == OpenFiles.Left(OpenFiles.Limit);

    /// <summary>The file of keys: the one that is set, or the usual one where that is there.</summary>
    public static string? KeyFileOf(IConfiguration configuration) =>
        configuration[KeyFileName] is { Length: > 0 } file ? file
        : File.Exists(DefaultKeyFile) ? DefaultKeyFile
        : null;

    /// <summary>Where the server will listen: endpoints of Kestrel's own settings take the place of the others.</summary>
    public static IReadOnlyCollection<string> AddressesOf(IConfiguration configuration, string urls)
    {
        string[] endpoints =
        [
            .. configuration.GetSection("Kestrel:Endpoints").GetChildren().Select(static endpoint => endpoint["Url"]).OfType<string>(),
        ];
        return endpoints.Length > 0 ? endpoints : urls.Split(';', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
    }

    /// <summary>Hands the settings to the guards.</summary>
    public void Apply(RemansoSecurityOptions options)
    {
        options.KeyFile = KeyFile;
        options.Tokens = Tokens;
        options.AllowAnonymous = AllowAnonymous;
        options.RequestsPerSecond = RequestsPerSecond;
        options.MaxRequests = MaxRequests;
        foreach (var host in Hosts)
        {
            options.Hosts.Add(host);
        }
    }

    private void Check(IReadOnlyCollection<string> addresses)
    {
        if (KeyFile is not null && !File.Exists(KeyFile))
        {
            throw new SettingException(
                $"{KeyFileName}: there is no file {KeyFile}; 'remanso keys create NAME --scopes all --file {KeyFile}' makes one"
            );
        }

        try
        {
            _ = KeyFile is null ? [] : new RemansoKeyFile(KeyFile, TimeProvider.System).List();
        }
        catch (RemansoKeyFileException exception)
        {
            throw new SettingException($"{KeyFileName}: {exception.Message}");
        }

        if (
            Hosts.FirstOrDefault(static host =>
                !ServerSettings.IsHost(host.StartsWith("*.", StringComparison.Ordinal) ? host[2..] : host)
            ) is
            { } wrong
        )
        {
            throw new SettingException(
                $"{HostsName} must be names such as cache.example.com, *.example.com or *, without a scheme and a port, but has "
                    + ShownAddress.Of(wrong)
            );
        }

        var asks = KeyFile is not null || Tokens is not null;
        var hasHttps = addresses.Any(IsHttps);
        if (asks && AllowAnonymous)
        {
            throw new SettingException($"{AllowAnonymousName} and keys ({KeyFile ?? TokensName}) exclude each other; set one of them");
        }

        if (!asks && !AllowAnonymous && addresses.FirstOrDefault(static address => !IsLocal(address)) is { } open)
        {
            throw new SettingException(
                $"{ServerSettings.UrlsName}: other machines reach {open}, and no keys are set; make one ('remanso keys "
                    + "create NAME --scopes all'), "
                    + $"set {TokensName}, listen on localhost alone, or let everybody do everything by --allow-anonymous"
            );
        }

        if (
            ClientAuthority is not null
            && addresses.FirstOrDefault(address => !IsHttps(address) && (!IsLocal(address) || !hasHttps)) is { } plain
        )
        {
            throw new SettingException($"{ClientAuthorityName}: nobody is asked for a certificate at {plain}; listen on https");
        }
    }

    private static RemansoTokenOptions? ReadTokens(IConfiguration configuration)
    {
        var section = configuration.GetSection(TokensName);
        return section.Exists()
            ? new RemansoTokenOptions
            {
                Authority = Required(section, "Authority", "the address of the issuer of tokens, such as https://login.example.com"),
                Audience = Required(section, "Audience", "what tokens must be made out to"),
                ScopeClaim = section["ScopeClaim"] is { Length: > 0 } claim ? claim : RemansoAuthentication.ScopeClaim,
                RequireHttps = Boolean(configuration, TokensName + ":RequireHttps", unlessSet: true),
            }
            : null;
    }

    private static string Required(IConfigurationSection section, string name, string meaning) =>
        section[name] is { Length: > 0 } value ? value : throw new SettingException($"{section.Path}:{name} is missing: {meaning}");

    private static bool Boolean(IConfiguration configuration, string name, bool unlessSet) =>
        configuration[name] switch
        {
            null or "" => unlessSet,
            var text => bool.TryParse(text, out var value)
                ? value
                : throw new SettingException($"{name} must be true or false, but is {text}"),
        };

    private static int? Number(IConfiguration configuration, string name) =>
        configuration[name] switch
        {
            null or "" => null,
            var text => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var value)
            && value is >= 1 and <= MostOfAnything
                ? value
                : throw new SettingException($"{name} must be 1 to {MostOfAnything}, but is {text}"),
        };

    // One text with semicolons, or a list as JSON has them.
    private static IEnumerable<string> List(IConfigurationSection section) =>
        (section.Value?.Split(';', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries) ?? []).Concat(
            section.GetChildren().Select(static child => child.Value).OfType<string>()
        );

    internal static bool IsLocal(string address)
    {
        var parsed = BindingAddress.Parse(address);
        return parsed.IsUnixPipe
            || parsed.Host.Equals("localhost", StringComparison.OrdinalIgnoreCase)
            || (IPAddress.TryParse(parsed.Host, out var ip) && IPAddress.IsLoopback(ip));
    }

    private static bool IsHttps(string address) =>
        BindingAddress.Parse(address).Scheme.Equals(Uri.UriSchemeHttps, StringComparison.OrdinalIgnoreCase);

    // A name that the server is told to listen on is its own; + and * and 0.0.0.0 are no names.
    private static string? HostOf(string address)
    {
        var parsed = BindingAddress.Parse(address);
        return !parsed.IsUnixPipe && parsed.Host is not ("+" or "*") && !IPAddress.TryParse(parsed.Host, out _) ? parsed.Host : null;
    }

    private static IEnumerable<string> FindUnknown(IConfiguration configuration) =>
        from part in ((string Section, string[] Known)[])[(Name, _known), (TokensName, _knownOfTokens)]
        from child in configuration.GetSection(part.Section).GetChildren()
        where !part.Known.Contains(child.Key, StringComparer.OrdinalIgnoreCase)
        select $"{child.Path} is not a known setting; there are {string.Join(", ", part.Known)}";
}
