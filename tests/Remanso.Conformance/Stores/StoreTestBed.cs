using System.Data.Common;
using System.Globalization;
using System.Text;
using Remanso.Stores;

namespace Remanso.Conformance.Stores;

/// <summary>An empty database of one engine, for one test.</summary>
internal abstract class StoreTestBed : IAsyncDisposable
{
    /// <summary>The stores of this database.</summary>
    public abstract IStoreProvider Provider { get; }

    /// <summary>A second set of stores on the same database, as another process would have; the bed disposes it.</summary>
    public abstract IStoreProvider AnotherProcess();

    /// <summary>From now on the database refuses rows with this key, by a constraint or trigger; the schema exists.</summary>
    public abstract ValueTask RefuseAsync(string key);

    /// <summary>The versions of a key in the history of a cache, in the order of their versions; null for a delete. Of
    /// beds with default stores only.</summary>
    public virtual Task<IReadOnlyList<(long Version, string? Value)>> ReadHistoryAsync(string cache, string key) =>
        throw new NotSupportedException("This store keeps no history.");

    /// <summary>Reads them through a connection past the store.</summary>
    /// <param name="connection">The connection.</param>
    /// <param name="table">The history's table.</param>
    /// <param name="cache">The cache.</param>
    /// <param name="key">The key.</param>
    protected static async Task<IReadOnlyList<(long Version, string? Value)>> ReadHistoryAsync(
        DbConnection connection,
        string table,
        string cache,
        string key
    )
    {
        await using var command = connection.CreateCommand();
        // There keys are bytes, whatever character set the connection talks in.
        var areBytes = connection.GetType().Name.StartsWith("MySql", StringComparison.Ordinal);
        var quote = areBytes ? "`" : "\"";
        command.CommandText =
            $"SELECT version, value, deleted FROM {table} WHERE cache = @cache AND {quote}key{quote} = @key ORDER BY version";
        foreach (var (name, value) in new[] { ("@cache", cache), ("@key", key) })
        {
            var parameter = command.CreateParameter();
            (parameter.ParameterName, parameter.Value) = (name, areBytes ? Encoding.UTF8.GetBytes(value) : value);
            command.Parameters.Add(parameter);
        }

        var versions = new List<(long Version, string? Value)>();
        await using var reader = await command.ExecuteReaderAsync();
        while (await reader.ReadAsync())
        {
            var isDeleted = Convert.ToBoolean(reader.GetValue(2), CultureInfo.InvariantCulture);
            versions.Add(
                (
                    reader.GetInt64(0),
                    reader.IsDBNull(1) ? null
                    : isDeleted ? "a deleted version with a value"
                    : Encoding.UTF8.GetString((byte[])reader.GetValue(1))
                )
            );
        }

        return versions;
    }

    public abstract ValueTask DisposeAsync();
}
