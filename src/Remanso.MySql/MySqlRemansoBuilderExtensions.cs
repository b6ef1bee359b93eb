using System.Data.Common;
using System.Diagnostics.CodeAnalysis;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Remanso.MySql;
using Remanso.MySql.Tables;
using Remanso.Sql;
using Remanso.Sql.Tables;
using Remanso.Telemetry;

namespace Remanso;

/// <summary>Chooses MySQL or MariaDB as the backing store.</summary>
public static class MySqlRemansoBuilderExtensions
{
    /// <summary>Keeps the caches of this process in a MySQL or MariaDB database.</summary>
    /// <param name="builder">The builder.</param>
    /// <param name="urlOrConnectionString">
    /// <c>mysql://user:password@host:port/database?ssl-mode=…</c>, or a connection string of the driver.
    /// </param>
    /// <param name="configure">Sets options.</param>
    /// <param name="driver">The driver, such as <c>MySqlConnectorFactory.Instance</c>; null: <see cref="MySqlDriver.Find"/>.</param>
    /// <exception cref="FormatException">The URL, connection string or password file can't be read, or the driver doesn't take it; the
    /// message never holds the password.</exception>
    /// <exception cref="MySqlDriverException">No driver was given, and none found.</exception>
    [RequiresUnreferencedCode(MySqlDriver.Reflects)]
    public static RemansoBuilder UseMySql(
        this RemansoBuilder builder,
        string urlOrConnectionString,
        Action<MySqlStoreOptions>? configure = null,
        DbProviderFactory? driver = null
    )
    {
        ArgumentNullException.ThrowIfNull(builder);
        var address = MySqlAddress.Parse(urlOrConnectionString);
        driver ??= MySqlDriver.Find();
        _ = MySqlConnectionString.For(address, driver);
        var options = Configure(configure);
        if (options.PasswordFile is not null)
        {
            if (address.HasPassword)
            {
                throw new FormatException("The MySQL address has a password, and PasswordFile is set: one of them has to go.");
            }

            PasswordFile.Read(options.PasswordFile);
        }

        return builder
            .UseMySqlTables()
            .UseStore(services => new MySqlStoreProvider(
                address,
                driver,
                options,
                services.GetService<TimeProvider>(),
                SafeLogger.Of(services, "Remanso.MySql")
            ));
    }

    /// <summary>Keeps the caches of this process in the MySQL or MariaDB database behind a data source.</summary>
    /// <param name="builder">The builder.</param>
    /// <param name="connections">Where connections come from; it stays the caller's.</param>
    /// <param name="configure">Sets options.</param>
    [RequiresUnreferencedCode(MySqlDriver.Reflects)]
    public static RemansoBuilder UseMySql(
        this RemansoBuilder builder,
        DbDataSource connections,
        Action<MySqlStoreOptions>? configure = null
    )
    {
        ArgumentNullException.ThrowIfNull(builder);
        ArgumentNullException.ThrowIfNull(connections);
        var options = Configure(configure);
        if (options.PasswordFile is not null)
        {
            throw new ArgumentException("PasswordFile is set, but the data source signs in by itself.", nameof(configure));
        }

        return builder
            .UseMySqlTables()
            .UseStore(services => new MySqlStoreProvider(
                connections,
                options,
                services.GetService<TimeProvider>(),
                SafeLogger.Of(services, "Remanso.MySql")
            ));
    }

    /// <summary>Lets caches work on tables in MySQL or MariaDB over connections of the application's own, such as
    /// those of Entity Framework; <c>UseMySql</c> does that, too, beside the default store.</summary>
    /// <remarks>On such connections a load or save ends by the connection's own limit of a command (<c>Default Command
    /// Timeout</c>; 0 for none), or when its caller gives up: <see cref="MySqlStoreOptions.Timeout"/> is for the store's
    /// own.</remarks>
    /// <param name="builder">The builder.</param>
    [RequiresUnreferencedCode(MySqlDriver.Reflects)]
    public static RemansoBuilder UseMySqlTables(this RemansoBuilder builder)
    {
        ArgumentNullException.ThrowIfNull(builder);

        // Whether that driver blocks is not known; a thread of the pool more costs little.
        builder.Services.TryAddEnumerable(
            ServiceDescriptor.Singleton<ITableDialect, MySqlTableDialect>(static services =>
            {
                var time = services.GetService<TimeProvider>() ?? TimeProvider.System;
                return new MySqlTableDialect("The MySQL database", blocksThread: true, time, new PoolReset(isOurs: false, time));
            })
        );
        return builder;
    }

    private static MySqlStoreOptions Configure(Action<MySqlStoreOptions>? configure)
    {
        var options = new MySqlStoreOptions();
        configure?.Invoke(options);
        return options;
    }
}
