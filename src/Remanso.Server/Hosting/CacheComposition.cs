using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using Remanso.MySql;
using Remanso.Server.Configuration;
using Remanso.Sql;

namespace Remanso.Server.Hosting;

/// <summary>Puts the caches together: where tier and store are chosen by the scheme of their address.</summary>
internal static class CacheComposition
{
    /// <exception cref="SettingException">An address is of no known kind, or role and tier do not fit together.</exception>
    public static void AddCaches(this IServiceCollection services, ServerSettings settings)
    {
        var remanso = services.AddRemanso().WithRole(settings.Role.ToString().ToLowerInvariant());
        remanso
            .UseTierAt(settings.Tier, settings.TierSetting, settings.Redis)
            .UseStoreAt(settings.Store, settings.MySqlDriver, settings.ListensForChanges, settings.StorePasswordFile)
            .UseJournalAt(settings.Journal, (settings.Tier, settings.TierSetting));
        foreach (var (name, options) in settings.Caches)
        {
            remanso.AddCache<string, ReadOnlyMemory<byte>>(name, cache => cache.Options = options);
        }

        ThrowUnlessShared(settings.Role, settings.Tier);
        if (settings.Role == Role.Api)
        {
            remanso.WithoutFlusher();
        }
    }

    /// <exception cref="SettingException">The tier is this process's alone, and it would not do all of its work.</exception>
    internal static void ThrowUnlessShared(Role role, string tier)
    {
        if (role == Role.All || ServerSettings.IsShared(tier))
        {
            return;
        }

        throw new SettingException(
            role == Role.Api
                ? $"{ServerSettings.RoleName} api needs a tier that workers can reach: {ServerSettings.TierName} is memory:, "
                    + "where nobody would flush"
                : $"{ServerSettings.RoleName} worker needs the tier of those that serve: {ServerSettings.TierName} is memory:, "
                    + "where nobody would write"
        );
    }

    internal static RemansoBuilder UseTierAt(this RemansoBuilder remanso, string address, string setting, RedisTierSettings redis)
    {
        try
        {
            if (!ServerSettings.IsShared(address))
            {
                redis.ThrowUnlessUnset(setting);
            }

            return SchemeOf(address) switch
            {
                "memory" => remanso.UseMemoryTier(),
                "redis" or "rediss" or "redis+sentinel" or "rediss+sentinel" or "redis+unix" or "unix" => remanso.UseRedis(
                    redis.OptionsFor(address)
                ),
                _ => throw new SettingException(
                    $"{setting} must begin with memory:, redis://, rediss://, redis+sentinel:// or redis+unix://, but is "
                        + ShownAddress.Of(address)
                ),
            };
        }
        catch (FormatException exception)
        {
            throw new SettingException($"{setting}: {exception.Message}");
        }
    }

    internal static RemansoBuilder UseStoreAt(
        this RemansoBuilder remanso,
        string address,
        string? mySqlDriver,
        bool listens,
        string? passwordFile
    )
    {
        CheckPasswordFile(address, passwordFile);
        try
        {
            return SchemeOf(address) switch
            {
                not ("postgres" or "postgresql") when listens => throw new SettingException(
                    $"{ServerSettings.ListenName} needs a store that tells of changes: postgres://…"
                ),
                "sqlite" => remanso.UseSqlite(address),
                "postgres" or "postgresql" => remanso.UsePostgres(address, options =>
                    (options.ListenForChanges, options.PasswordFile) = (listens, passwordFile)
                ),
                "mysql" or "mariadb" => remanso.UseMySqlAt(address, mySqlDriver, passwordFile),
                _ => throw new SettingException(
                    $"{ServerSettings.StoreName} must begin with sqlite:, postgres:// or mysql://, but is {ShownAddress.Of(address)}"
                ),
            };
        }
        catch (FormatException exception)
        {
            throw new SettingException($"{ServerSettings.StoreName}: {exception.Message}");
        }
        catch (MySqlDriverException exception)
        {
            throw new SettingException($"{ServerSettings.MySqlDriverName}: {exception.Message}");
        }
    }

    private static void CheckPasswordFile(string address, string? file)
    {
        if (file is null)
        {
            return;
        }

        if (SchemeOf(address) == "sqlite")
        {
            throw new SettingException($"{ServerSettings.StorePasswordName} is set, but {ServerSettings.StoreName} is a file of SQLite");
        }

        try
        {
            PasswordFile.Read(file);
        }
        catch (FormatException exception)
        {
            throw new SettingException($"{ServerSettings.StorePasswordName}: {exception.Message}");
        }
    }

    [UnconditionalSuppressMessage(
        "Trimming",
        "IL2026",
        Justification = "Only a native server is trimmed, and that one refuses the address."
    )]
    private static RemansoBuilder UseMySqlAt(this RemansoBuilder remanso, string address, string? driver, string? passwordFile) =>
        RuntimeFeature.IsDynamicCodeSupported
            ? remanso.UseMySql(address, options => options.PasswordFile = passwordFile, MySqlDriver.Find(driver))
            : throw new SettingException(
                $"{ServerSettings.StoreName} mysql:// needs a driver that is loaded at run time, which a native server can't: "
                    + "use the one that runs on .NET"
            );

    internal static RemansoBuilder UseJournalAt(this RemansoBuilder remanso, string? address, (string Address, string Setting) tier)
    {
        if (address is null)
        {
            return remanso;
        }

        if (ServerSettings.IsShared(tier.Address))
        {
            throw new SettingException(
                $"{ServerSettings.JournalName} is for the memory tier; {tier.Setting} chooses Redis, which keeps its own log"
            );
        }

        if (SchemeOf(address) != "sqlite")
        {
            throw new SettingException($"{ServerSettings.JournalName} must begin with sqlite:, but is {ShownAddress.Of(address)}");
        }

        try
        {
            return remanso.UseMemoryTier().UseSqliteJournal(address);
        }
        catch (FormatException exception)
        {
            throw new SettingException($"{ServerSettings.JournalName}: {exception.Message}");
        }
    }

    private static string SchemeOf(string address)
    {
        var colon = address.IndexOf(':', StringComparison.Ordinal);
        return colon < 0 ? string.Empty : address[..colon].ToLowerInvariant();
    }
}
