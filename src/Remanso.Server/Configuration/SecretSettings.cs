namespace Remanso.Server.Configuration;

/// <summary>Which settings are secrets, and which name a file that holds one: what others must not read.</summary>
internal static class SecretSettings
{
    private const string Connections = "ConnectionStrings:";
    private const string Kestrel = KestrelSettings.Name + ":";
    private const string KeyPath = ":KeyPath";
    private const string CertificatePath = ":Path";

    /// <summary>Settings that name a file with a secret, and what it holds. The file of keys and those of Kestrel come to them.</summary>
    public static (string Name, string What)[] Files { get; } =
    [
        .. SecretFiles.Names.Select(static name => (name + SecretFiles.Suffix, $"which holds {name}")),
        (ServerSettings.StorePasswordName, "the password of the database"),
        .. RedisTierSettings.SecretFiles.Select(static one => ($"{RedisTierSettings.Section}:{one.Name}", one.What)),
    ];

    /// <summary>The files with secrets that are set, and what each holds.</summary>
    public static IEnumerable<(string Path, string What)> FilesOf(IConfiguration configuration)
    {
        if (SecuritySettings.KeyFileOf(configuration) is { } keys)
        {
            yield return (keys, "the file of keys");
        }

        foreach (var (name, what) in Files)
        {
            if (configuration[name] is { Length: > 0 } file)
            {
                yield return (file, what);
            }
        }

        foreach (var (name, path) in configuration.AsEnumerable())
        {
            if (path is { Length: > 0 } && IsPrivateKey(configuration, name))
            {
                yield return (KestrelSettings.FileOf(path), "a private key");
            }
        }
    }

    /// <summary>Whether a file of settings has a secret in it.</summary>
    public static bool AreIn(IConfiguration configuration) =>
        configuration
            .AsEnumerable()
            .Any(static pair =>
                pair.Value is { Length: > 0 }
                && (
                    pair.Key.StartsWith(Connections, StringComparison.OrdinalIgnoreCase)
                    || pair.Key.Equals(RedisTierSettings.KeyPasswordName, StringComparison.OrdinalIgnoreCase)
                    || (IsKestrels(pair.Key) && pair.Key.EndsWith(":Password", StringComparison.OrdinalIgnoreCase))
                )
            );

    // A certificate without a key beside it has it within: a PFX, or a PEM of both.
    private static bool IsPrivateKey(IConfiguration configuration, string name) =>
        IsKestrels(name)
        && (
            name.EndsWith(KeyPath, StringComparison.OrdinalIgnoreCase)
            || (
                name.EndsWith(CertificatePath, StringComparison.OrdinalIgnoreCase)
                && string.IsNullOrEmpty(configuration[name[..^CertificatePath.Length] + KeyPath])
            )
        );

    private static bool IsKestrels(string name) => name.StartsWith(Kestrel, StringComparison.OrdinalIgnoreCase);
}
