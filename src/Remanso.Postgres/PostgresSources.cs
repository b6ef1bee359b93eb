using Npgsql;
using Remanso.Sql;

namespace Remanso.Postgres;

/// <summary>Connections of our own, and those of a host, which stay the host's.</summary>
internal sealed class PostgresSources : IAsyncDisposable
{
    private const int KeepAliveSeconds = 10;
    private const string Wish = "Target Session Attributes";

    private readonly NpgsqlDataSource? _listening;

    private PostgresSources(NpgsqlDataSource connections, PostgresAddress address, bool isOurs, NpgsqlDataSource? listening)
    {
        Connections = connections;
        Address = address;
        IsOurs = isOurs;
        _listening = listening;
    }

    /// <summary>The database.</summary>
    public PostgresAddress Address { get; }

    /// <summary>The pool that loads and saves share.</summary>
    public NpgsqlDataSource Connections { get; }

    /// <summary>Whether nobody else uses that pool.</summary>
    public bool IsOurs { get; }

    /// <summary>Those that listen for changes: one at a time.</summary>
    public NpgsqlDataSource Listening => _listening ?? Connections;

    /// <summary>Whether Npgsql finds out that a listening connection has died in silence.</summary>
    public bool NoticesSilence => _listening is not null;

    /// <summary>Our own, by an address.</summary>
    public static PostgresSources Of(PostgresAddress address, PostgresStoreOptions options) =>
        new(
            Make(address.ConnectionString, options.PasswordFile),
            address,
            isOurs: true,
            options.ListenForChanges ? Make(ForListening(address.ConnectionString), options.PasswordFile) : null
        );

    /// <summary>Somebody else's.</summary>
    public static PostgresSources Of(NpgsqlDataSource connections) =>
        new(connections, PostgresAddress.Parse(connections.ConnectionString), isOurs: false, null);

    public async ValueTask DisposeAsync()
    {
        if (IsOurs)
        {
            await Connections.DisposeAsync().ConfigureAwait(false);
        }

        if (_listening is not null)
        {
            await _listening.DisposeAsync().ConfigureAwait(false);
        }
    }

    // Asked for each connection to the server: whoever is in the pool already has signed in.
    private static NpgsqlDataSource Make(string connectionString, string? passwordFile)
    {
        var settings = new NpgsqlConnectionStringBuilder(connectionString);
        if (!settings.Host!.Contains(',', StringComparison.Ordinal))
        {
            // There is nothing to choose from, and Npgsql refuses to.
            settings.Remove(Wish);
        }
        else if (settings.TargetSessionAttributes is null)
        {
            // Npgsql would take the first host that answers, for good, though it be a standby by now.
            settings.TargetSessionAttributes = "read-write";
        }

        var builder = new NpgsqlDataSourceBuilder(settings.ConnectionString);
        if (passwordFile is not null)
        {
            var file = new PasswordFile(passwordFile);
            builder.UsePasswordProvider(_ => file.Current(), (_, _) => new(file.Current()));
        }

        return builder.Build();
    }

    private static string ForListening(string connectionString)
    {
        // A pooled connection would go on listening for whoever gets it next.
        var settings = new NpgsqlConnectionStringBuilder(connectionString) { Pooling = false };
        if (settings.KeepAlive == 0)
        {
            settings.KeepAlive = KeepAliveSeconds;
        }

        return settings.ConnectionString;
    }
}
