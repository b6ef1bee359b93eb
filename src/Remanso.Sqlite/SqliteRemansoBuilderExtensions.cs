using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Remanso.Hosting;
using Remanso.Sql.Tables;
using Remanso.Sqlite.Tables;

namespace Remanso.Sqlite;

/// <summary>Chooses SQLite as the backing store.</summary>
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
        this RemansoBuilder builder, string pathOrConnectionString, Action<SqliteStoreOptions>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(builder);
        var address = SqliteAddress.Parse(pathOrConnectionString);
        var options = new SqliteStoreOptions();
        configure?.Invoke(options);
        return builder.UseSqliteTables().UseStore(services => new SqliteStoreProvider(address, options, services.GetService<TimeProvider>()));
    }

    /// <summary>
    /// Lets caches work on tables in SQLite over connections of the application's own, such as those of Entity Framework; <see cref="UseSqlite"/> does that, too, beside the default store.
    /// </summary>
    /// <param name="builder">The builder.</param>
    public static RemansoBuilder UseSqliteTables(this RemansoBuilder builder)
    {
        ArgumentNullException.ThrowIfNull(builder);
        builder.Services.TryAddEnumerable(ServiceDescriptor.Singleton<ITableDialect, SqliteTableDialect>(static _ => new SqliteTableDialect(address: null)));
        return builder;
    }
}
