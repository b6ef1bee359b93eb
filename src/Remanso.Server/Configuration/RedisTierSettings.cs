namespace Remanso.Server.Configuration;

/// <summary>How Redis is signed in to, beside its address: files that may change while the server runs, and TLS.</summary>
internal sealed class RedisTierSettings
{
    public const string Section = "Remanso:Redis";

    /// <summary>Each setting, and the option of the library that it sets.</summary>
    private static readonly (string Name, Action<RedisOptions, string> Set)[] _settings =
    [
        ("User", static (options, value) => options.User = value),
        ("UserFile", static (options, value) => options.UserFile = value),
        ("PasswordFile", static (options, value) => options.PasswordFile = value),
        ("SentinelUser", static (options, value) => Sentinel(options).User = value),
        ("SentinelPasswordFile", static (options, value) => Sentinel(options).PasswordFile = value),
        ("CertificateAuthorityFile", static (options, value) => Tls(options).CertificateAuthorityFile = value),
        ("ClientCertificateFile", static (options, value) => Tls(options).ClientCertificateFile = value),
        ("ClientKeyFile", static (options, value) => Tls(options).ClientKeyFile = value),
        ("ClientKeyPassword", static (options, value) => Tls(options).ClientKeyPassword = value),
        ("HostName", static (options, value) => Tls(options).HostName = value),
    ];

    /// <summary>Those of them that name a file with a secret, and what it holds.</summary>
    public static readonly (string Name, string What)[] SecretFiles =
    [
        ("PasswordFile", "the password of Redis"),
        ("SentinelPasswordFile", "the password of the sentinels"),
        ("ClientKeyFile", "a private key"),
    ];

    /// <summary>The one that is a secret itself.</summary>
    public const string KeyPasswordName = Section + ":ClientKeyPassword";

    private readonly List<(string Name, string Value, Action<RedisOptions, string> Set)> _set;

    private RedisTierSettings(List<(string Name, string Value, Action<RedisOptions, string> Set)> set) => _set = set;

    /// <summary>The names of all settings.</summary>
    public static string[] Known { get; } = [.. _settings.Select(static setting => setting.Name)];

    public static RedisTierSettings Read(IConfiguration configuration) =>
        new([
            .. from setting in _settings
            let value = configuration[$"{Section}:{setting.Name}"]
            where !string.IsNullOrEmpty(value)
            select (setting.Name, value, setting.Set),
        ]);

    /// <summary>Which Redis, and as whom.</summary>
    /// <param name="address">The address.</param>
    /// <exception cref="FormatException">The address can't be read.</exception>
    /// <exception cref="SettingException">A setting is wrong, or does not go with the address.</exception>
    public RedisOptions OptionsFor(string address)
    {
        var options = RedisOptions.Parse(address);
        foreach (var (name, value, set) in _set)
        {
            if (name == "User" && options.User is not null)
            {
                throw new SettingException($"{Section}:User is set, and {ServerSettings.TierName} names a user; set one of them");
            }

            set(options, value);
        }

        try
        {
            options.Validate();
        }
        catch (ArgumentException exception)
        {
            throw new SettingException($"{NameOf(exception)}: {exception.Message.Split(" (Parameter")[0]}");
        }

        return options;
    }

    /// <summary>Refuses settings of Redis where there is none.</summary>
    /// <exception cref="SettingException">There are some.</exception>
    public void ThrowUnlessUnset(string setting)
    {
        if (_set is [var first, ..])
        {
            throw new SettingException($"{Section}:{first.Name} is set, but {setting} does not choose Redis");
        }
    }

    // What the address alone has is named by the address's setting.
    private string NameOf(ArgumentException exception) =>
        _set.Exists(it => it.Name == exception.ParamName) ? $"{Section}:{exception.ParamName}" : ServerSettings.TierName;

    private static RedisSentinelOptions Sentinel(RedisOptions options) =>
        options.Sentinel
        ?? throw new SettingException($"{Section} has a setting of sentinels, which needs redis+sentinel:// in {ServerSettings.TierName}");

    private static RedisTlsOptions Tls(RedisOptions options) =>
        options.Tls ?? throw new SettingException($"{Section} has a setting of TLS, which needs rediss:// in {ServerSettings.TierName}");
}
