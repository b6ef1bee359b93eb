using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging;
using Npgsql;
using Remanso.Postgres;
using Remanso.Postgres.Tables;
using Remanso.Sql;
using Remanso.Sql.Tables;
using Remanso.Telemetry;

namespace Remanso;

/// <summary>Chooses PostgreSQL as the backing store.</summary>
public static class PostgresRemansoBuilderExtensions
{
    private const string Database = "The PostgreSQL database";

    /// <summary>Keeps the caches of this process in a PostgreSQL database.</summary>
    /// <param name="builder">The builder.</param>
    /// <param name="urlOrConnectionString">
    /// <c>postgres://user:password@host:port/database?sslmode=…</c>, or a connection string of Npgsql.
    /// </param>
    /// <param name="configure">Sets options.</param>
    /// <exception cref="FormatException">The URL, connection string or password file can't be read; the message never holds the
    /// password.</exception>
    public static RemansoBuilder UsePostgres(
        this RemansoBuilder builder,
        string urlOrConnectionString,
        Action<PostgresStoreOptions>? configure = null
    )
    {
        ArgumentNullException.ThrowIfNull(builder);
        var address = PostgresAddress.Parse(urlOrConnectionString);
        var options = new PostgresStoreOptions();
        configure?.Invoke(options);
        if (options.PasswordFile is not null)
        {
            if (address.HasPassword)
            {
                throw new FormatException("The PostgreSQL address has a password, and PasswordFile is set: one of them has to go.");
            }

            PasswordFile.Read(options.PasswordFile);
        }

        return builder
            .UsePostgresTables(options.PreparesStatements && address.Prepares)
            .UseStore(services => new PostgresStoreProvider(
                address,
                options,
                services.GetService<TimeProvider>(),
                SafeLogger.Of(services, "Remanso.Postgres")
            ));
    }

    /// <summary>Keeps the caches of this process in the PostgreSQL database behind a data source.</summary>
    /// <remarks>So a password that changes is the data source's matter (<c>UsePeriodicPasswordProvider</c>). With
    /// <see cref="PostgresStoreOptions.ListenForChanges"/> one of its connections is kept.</remarks>
    /// <param name="builder">The builder.</param>
    /// <param name="connections">Where connections come from; it stays the caller's.</param>
    /// <param name="configure">Sets options.</param>
    public static RemansoBuilder UsePostgres(
        this RemansoBuilder builder,
        NpgsqlDataSource connections,
        Action<PostgresStoreOptions>? configure = null
    )
    {
        ArgumentNullException.ThrowIfNull(builder);
        ArgumentNullException.ThrowIfNull(connections);
        var options = new PostgresStoreOptions();
        configure?.Invoke(options);
        if (options.PasswordFile is not null)
        {
            throw new ArgumentException("PasswordFile is set, but the data source signs in by itself.", nameof(configure));
        }

        return builder
            .UsePostgresTables(options.PreparesStatements)
            .UseStore(services => new PostgresStoreProvider(
                connections,
                options,
                services.GetService<TimeProvider>(),
                SafeLogger.Of(services, "Remanso.Postgres")
            ));
    }

    /// <summary>Lets caches work on tables in PostgreSQL over connections of the application's own, such as those of
    /// Entity Framework; <c>UsePostgres</c> does that, too, beside the default store.</summary>
    /// <param name="builder">The builder.</param>
    /// <param name="preparesStatements">Whether statements are prepared on the server, as
    /// <see cref="PostgresStoreOptions.PreparesStatements"/> says.</param>
    public static RemansoBuilder UsePostgresTables(this RemansoBuilder builder, bool preparesStatements = true)
    {
        ArgumentNullException.ThrowIfNull(builder);
        builder.Services.TryAddEnumerable(
            ServiceDescriptor.Singleton<ITableDialect, PostgresTableDialect>(services => new PostgresTableDialect(
                Database,
                new PostgresPreparation(preparesStatements, Database, SafeLogger.Of(services, "Remanso.Postgres")),
                new PoolReset(isOurs: false, services.GetService<TimeProvider>() ?? TimeProvider.System),
                SafeLogger.Of(services, "Remanso.Postgres")
            ))
        );
        return builder;
    }
}
