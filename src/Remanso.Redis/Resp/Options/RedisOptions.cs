using System.Buffers;
using System.Net;
using Remanso.Redis.Resp.Credentials;
using Remanso.Redis.Resp.Options;

namespace Remanso;

/// <summary>Which Redis, and as whom. Usually read from one address by <see cref="Parse"/>.</summary>
public sealed class RedisOptions
{
    private static readonly SearchValues<char> _notInPrefixes = SearchValues.Create("{}:/ \r\n*?[]\\");

    /// <summary>The servers to ask first. One is enough for a single server or a cluster; several for a replicated set,
    /// whose master is found by asking them, and for not depending on one of them at the start.</summary>
    public IList<RedisEndPoint> EndPoints { get; set; } = [];

    /// <summary>The ACL user; null for <c>default</c>.</summary>
    public string? User { get; set; }

    /// <summary>The password; null when the server asks for none.</summary>
    public string? Password { get; set; }

    /// <summary>Gives user and password instead of the two above, where they change while the process runs (tokens of IAM
    /// or Entra, secrets that are rotated); null where they do not. Each new connection asks, and those that are open
    /// when the credentials say so: what costs much should be kept by the provider. It may take as long as connecting
    /// may.</summary>
    public Func<CancellationToken, ValueTask<RedisCredentials>>? Credentials { get; set; }

    /// <summary>A file with the password in its one line, instead of <see cref="Password"/>. It may change: new connections
    /// read it, and those that are open sign in anew within about a second.</summary>
    public string? PasswordFile { get; set; }

    /// <summary>A file with the user in its one line, instead of <see cref="User"/>, beside
    /// <see cref="PasswordFile"/>.</summary>
    public string? UserFile { get; set; }

    /// <summary>The database to select. A cluster has only 0.</summary>
    public int Database { get; set; }

    /// <summary>What the names of all keys and channels begin with, 1 to 64 characters; <c>rm</c> unless set.
    /// Deployments that share a server need one each.</summary>
    public string Prefix { get; set; } = "rm";

    /// <summary>What <c>CLIENT LIST</c> shows for our connections. No spaces.</summary>
    public string ClientName { get; set; } = "remanso";

    /// <summary>TLS; null for plain TCP.</summary>
    public RedisTlsOptions? Tls { get; set; }

    /// <summary>The replicated set that Sentinel watches over, with <see cref="EndPoints"/> as its sentinels; null where
    /// they are the servers themselves.</summary>
    public RedisSentinelOptions? Sentinel { get; set; }

    /// <summary>How servers are reached that others tell of. Default: under the host that they announce.</summary>
    public RedisAnnouncedHosts AnnouncedHosts { get; set; }

    /// <summary>Gives, for what a server announces, where it is reached from here, instead of
    /// <see cref="AnnouncedHosts"/>; null for none. Called often: it must be fast, always say the same, and throw
    /// nothing.</summary>
    public Func<RedisEndPoint, RedisEndPoint>? MapAnnounced { get; set; }

    /// <summary>How long to wait, and when to try again.</summary>
    public RedisTimings Timings { get; set; } = new();

    /// <summary>Bounds on one connection.</summary>
    public RedisConnectionLimits Limits { get; set; } = new();

    /// <summary>Finds the addresses of a host. Tests move names by it.</summary>
    internal Func<string, CancellationToken, Task<IPAddress[]>> Resolve { get; set; } =
        static (host, cancellation) => Dns.GetHostAddressesAsync(host, cancellation);

    /// <summary>Reads <c>redis://[user:password@]host:port[,host:port…][/db][?prefix=NAME]</c>, or <c>rediss://</c> for TLS. User and
    /// password are percent-decoded; a password alone is written <c>:password@</c>; the port is 6379 unless
    /// given. <c>redis+sentinel://[user:password@]host:port[,host:port…]/MASTER[/db]</c> and <c>rediss+sentinel://</c> name
    /// sentinels, whose port is 26379 unless given; their own user and password are <c>sentinelUser=</c> and
    /// <c>sentinelPassword=</c> behind the <c>?</c>, parted by <c>&amp;</c>; <c>addresses=contact</c>
    /// there is <see cref="RedisAnnouncedHosts.ContactPoint"/>. <c>redis+unix://[user:password@]/path</c> is a Unix
    /// socket, with <c>db=</c> and <c>prefix=</c> behind the <c>?</c>.</summary>
    /// <exception cref="FormatException">Names the part that is wrong; never shows the password.</exception>
    public static RedisOptions Parse(string address) => RedisAddress.Parse(address);

    /// <summary>Checks what no type checks.</summary>
    /// <exception cref="ArgumentException">Names the setting.</exception>
    public void Validate()
    {
        Require(EndPoints.Count > 0, nameof(EndPoints), "names no server");
        Require(
            Tls is null || !EndPoints.Any(static server => server.IsUnixSocket),
            nameof(Tls),
            "is set for a Unix socket, which nobody else can read"
        );
        Require(Database >= 0, nameof(Database), "is negative");
        Require(ClientName.Length > 0 && !ClientName.AsSpan().ContainsAny(" \r\n"), nameof(ClientName), "is empty or has spaces");
        Require(
            User is null || Password is not null || PasswordFile is not null || Credentials is not null,
            nameof(User),
            "is given without a password"
        );
        ValidateFiles();
        Require(
            AnnouncedHosts == RedisAnnouncedHosts.AsAnnounced || MapAnnounced is null,
            nameof(MapAnnounced),
            "stands beside AnnouncedHosts: one of them has to go"
        );
        Require(
            AnnouncedHosts == RedisAnnouncedHosts.AsAnnounced || EndPoints.DistinctBy(static e => e.Host).Count() == 1,
            nameof(AnnouncedHosts),
            "is the contact point's, and there are contact points on several hosts: MapAnnounced can tell them apart"
        );
        Require(
            Prefix.Length is > 0 and <= 64 && !Prefix.AsSpan().ContainsAny(_notInPrefixes),
            nameof(Prefix),
            "is not 1 to 64 characters without braces, brackets, colons, slashes, spaces and wildcards"
        );
        Timings.Validate();
        Limits.Validate();
        Tls?.Validate();
        Sentinel?.Validate();
    }

    /// <summary>Where the connections of a client have their credentials from; null where these are fixed.</summary>
    internal CredentialSource? Source { get; private set; }

    /// <summary>Where a server is reached that another told of.</summary>
    internal RedisEndPoint Reach(RedisEndPoint announced) =>
        MapAnnounced is { } map ? map(announced)
        : AnnouncedHosts == RedisAnnouncedHosts.ContactPoint ? new(EndPoints[0].Neighbours, announced.Port)
        : announced;

    /// <summary>Is told when new credentials or a new certificate can't be used, and why.</summary>
    internal Action<RedisEndPoint, Exception> NotRenewed { get; private set; } = static (_, _) => { };

    /// <summary>The same, as a client uses it.</summary>
    /// <param name="source">Where connections have their credentials from; null where these are fixed.</param>
    /// <param name="notRenewed">Is told when new ones, or a new certificate, can't be used.</param>
    internal RedisOptions With(CredentialSource? source, Action<RedisEndPoint, Exception> notRenewed)
    {
        var copy = (RedisOptions)MemberwiseClone();
        (copy.Source, copy.NotRenewed) = (source, notRenewed);
        return copy;
    }

    private void ValidateFiles()
    {
        Require(Password is null || Credentials is null, nameof(Credentials), "stands beside a password: one of them has to go");
        Require(PasswordFile is null || Credentials is null, nameof(PasswordFile), "stands beside Credentials: one of them has to go");
        Require(PasswordFile is null || Password is null, nameof(PasswordFile), "stands beside a password: one of them has to go");
        Require(UserFile is null || PasswordFile is not null, nameof(UserFile), "needs a PasswordFile beside it");
        Require(UserFile is null || User is null, nameof(UserFile), "stands beside a user: one of them has to go");
        if (PasswordFile is not null)
        {
            CredentialFiles.Read(PasswordFile, nameof(PasswordFile));
        }

        if (UserFile is not null)
        {
            CredentialFiles.Read(UserFile, nameof(UserFile));
        }
    }

    /// <summary>The address without the password.</summary>
    public override string ToString()
    {
        var credentials = (User, Password) switch
        {
            (null, null) => "",
            (var user, null) => $"{user}@",
            var (user, _) => $"{user}:***@",
        };
        if (EndPoints is [{ IsUnixSocket: true } socket])
        {
            var query = $"{(Database == 0 ? "" : $"&db={Database}")}{(Prefix == "rm" ? "" : $"&prefix={Prefix}")}";
            return $"redis+unix://{credentials}{socket.Host}{(query.Length == 0 ? "" : $"?{query[1..]}")}";
        }
        var database = Database == 0 ? "" : $"/{Database}";
        var scheme = Tls is null ? "redis" : "rediss";
        var (kind, master) = Sentinel is null ? ("", "") : ("+sentinel", $"/{Sentinel.MasterName}");
        var prefix = Prefix == "rm" ? "" : $"?prefix={Prefix}";
        var hosts = AnnouncedHosts == RedisAnnouncedHosts.AsAnnounced ? "" : $"{(prefix.Length == 0 ? '?' : '&')}addresses=contact";
        return $"{scheme}{kind}://{credentials}{string.Join(',', EndPoints)}{master}{database}{prefix}{hosts}";
    }

    internal static void Require(bool holds, string setting, string problem)
    {
        if (!holds)
        {
            throw Wrong(setting, problem);
        }
    }

    internal static ArgumentException Wrong(string setting, string problem, Exception? reason = null) =>
        new($"The Redis setting {setting} {problem}.", setting, reason);
}
