using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Remanso.Sql.Tables;
using Remanso.Sqlite;
using Remanso.Sqlite.Tables;
using Remanso.Stores;

namespace Remanso;

/// <summary>Chooses SQLite as the backing store, and as the journal of the memory tier.</summary>
public static class SqliteRemansoBuilderExtensions
{
    /// <summary>Keeps the caches of this process in a SQLite database.</summary>
    /// <param name="builder">The builder.</param>
    /// <param name="pathOrConnectionString">
    /// <c>sqlite:PATH</c>, a path, or a connection string of Microsoft.Data.Sqlite. Folders are made where they are missing;
    /// <c>:memory:</c> lives and dies with the process.
    /// </param>
    /// <param name="configure">Sets options.</param>
    /// <exception cref="FormatException">The path or connection string can't be read.</exception>
    public static RemansoBuilder UseSqlite(
        this RemansoBuilder builder,
        string pathOrConnectionString,
        Action<SqliteStoreOptions>? configure = null
    )
    {
        ArgumentNullException.ThrowIfNull(builder);
        var address = SqliteAddress.Parse(pathOrConnectionString);
        var options = new SqliteStoreOptions();
        configure?.Invoke(options);
        return builder
            .UseSqliteTables()
            .UseStore(services => new SqliteStoreProvider(address, options, services.GetService<TimeProvider>()));
    }

    /// <summary>Lets caches work on tables in SQLite over connections of the application's own, such as those of
    /// Entity Framework; <see cref="UseSqlite"/> does that, too, beside the default store.</summary>
    /// <param name="builder">The builder.</param>
    public static RemansoBuilder UseSqliteTables(this RemansoBuilder builder)
    {
        ArgumentNullException.ThrowIfNull(builder);
        builder.Services.TryAddEnumerable(
            ServiceDescriptor.Singleton<ITableDialect, SqliteTableDialect>(static _ => new SqliteTableDialect(address: null))
        );
        return builder;
    }

    /// <summary>Keeps the dirty entries of the memory tier in a SQLite file, too, so that they survive the process; the
    /// backing store may be any.</summary>
    /// <param name="builder">The builder.</param>
    /// <param name="path"><c>sqlite:PATH</c> or a path: a file of its own, of this process alone. Folders are made
    /// where they are missing.</param>
    /// <exception cref="FormatException">The path can't be read, or is a database in memory.</exception>
    public static RemansoBuilder UseSqliteJournal(this RemansoBuilder builder, string path)
    {
        ArgumentNullException.ThrowIfNull(builder);
        var address = SqliteAddress.Parse(path);
        _ = new SqliteJournal(address);
        return builder.UseJournal(services =>
            services.GetService<IStoreProvider>() is SqliteStoreProvider store && store.Address.IsSameFileAs(address)
                ? throw new TierJournalException($"The journal {address} is the store's own file; it needs another one.")
                : new SqliteJournal(address)
        );
    }
}
