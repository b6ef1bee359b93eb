using Remanso.Redis.Resp.Credentials;

namespace Remanso;

/// <summary>A replicated set that Sentinel watches over: <see cref="RedisOptions.EndPoints"/> are then the sentinels, and
/// they tell who the master is.</summary>
public sealed class RedisSentinelOptions
{
    /// <summary>The port of a sentinel when none is named.</summary>
    public const int DefaultPort = 26379;

    // As the server's settings are named, beside those of the servers.
    private const string SentinelUser = nameof(SentinelUser);
    private const string SentinelPasswordFile = nameof(SentinelPasswordFile);

    /// <summary>What the sentinels call the set: the name behind <c>sentinel monitor</c> in their configuration.</summary>
    public string MasterName { get; set; } = string.Empty;

    /// <summary>The ACL user of the sentinels; null for <c>default</c>. That of the servers is
    /// <see cref="RedisOptions.User"/>.</summary>
    public string? User { get; set; }

    /// <summary>The password of the sentinels; null when they ask for none.</summary>
    public string? Password { get; set; }

    /// <summary>Gives user and password of the sentinels instead of the two above, where they change while the process runs,
    /// as <see cref="RedisOptions.Credentials"/> does for the servers; null where they do not. Where it names no user,
    /// <see cref="User"/> is.</summary>
    public Func<CancellationToken, ValueTask<RedisCredentials>>? Credentials { get; set; }

    /// <summary>A file with the sentinels' password in its one line, instead of <see cref="Password"/>. It may change, as
    /// <see cref="RedisOptions.PasswordFile"/> may.</summary>
    public string? PasswordFile { get; set; }

    internal void Validate()
    {
        RedisOptions.Require(
            MasterName.Length > 0 && !MasterName.AsSpan().ContainsAny(" \r\n"),
            nameof(MasterName),
            "of the sentinels is empty or has spaces"
        );
        RedisOptions.Require(
            User is null || Password is not null || PasswordFile is not null || Credentials is not null,
            SentinelUser,
            "of the sentinels is given without a password"
        );
        RedisOptions.Require(
            Credentials is null || (Password is null && PasswordFile is null),
            nameof(Credentials),
            "of the sentinels stands beside a password of theirs: one of them has to go"
        );
        if (PasswordFile is not null)
        {
            RedisOptions.Require(Password is null, SentinelPasswordFile, "stands beside a password: one of them has to go");
            CredentialFiles.Read(PasswordFile, SentinelPasswordFile);
        }
    }
}
