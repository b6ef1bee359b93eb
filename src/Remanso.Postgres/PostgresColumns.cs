using Remanso.Entries;
using Remanso.Stores;

namespace Remanso.Postgres;

/// <summary>A part of a batch turned by a quarter: an array for each column, as <c>unnest</c> takes them.</summary>
internal sealed class PostgresColumns
{
    public PostgresColumns(IReadOnlyList<StoreWrite<string, ReadOnlyMemory<byte>>> batch, int start, int count)
    {
        Keys = new string[count];
        Values = new ReadOnlyMemory<byte>[count];
        ContentTypes = new string?[count];
        Versions = new long[count];
        Deleted = new bool[count];
        ExpiresAt = new long?[count];
        for (var i = 0; i < count; i++)
        {
            var write = batch[start + i];
            Keys[i] = write.Key;
            Values[i] = write.Value;
            ContentTypes[i] = write.ContentType;
            Versions[i] = write.Version;
            Deleted[i] = write.Deleted;
            ExpiresAt[i] = write.ExpiresAt == CacheEntry.Never ? null : write.ExpiresAt;
        }
    }

    public string[] Keys { get; }

    public ReadOnlyMemory<byte>[] Values { get; }

    public string?[] ContentTypes { get; }

    public long[] Versions { get; }

    public bool[] Deleted { get; }

    public long?[] ExpiresAt { get; }
}
