using System.Text;
using Remanso.Stores;

namespace Remanso.Simulation.World;

/// <summary>A database with the guard of the contract, which writes down what each row ever was.</summary>
internal sealed class StoreServer(SimKernel kernel)
{
    /// <summary>How a value begins that the database refuses.</summary>
    public const string Poison = "poison";

    private static readonly byte[] _poison = Encoding.UTF8.GetBytes(Poison);

    private readonly Dictionary<string, List<StoredRow>> _rows = new(StringComparer.Ordinal);

    public Host Host { get; } = new("store");

    /// <summary>Whether it has come to take what it refused.</summary>
    public bool TakesPoison { get; set; }

    /// <summary>Whether a refusal names no row: who sent the batch has to find it.</summary>
    public bool HidesRow { get; set; }

    /// <summary>Writes that processes have sent and that may still take effect.</summary>
    public List<StoreWrite<string, ReadOnlyMemory<byte>>> UnderWay { get; } = [];

    public StoredRow RowOf(string key) => _rows.TryGetValue(key, out var rows) ? rows[^1] : default;

    /// <summary>What a key's row was, from moment to moment.</summary>
    public IReadOnlyList<StoredRow> HistoryOf(string key) => _rows.TryGetValue(key, out var rows) ? rows : [];

    public IReadOnlyList<StoreRow<string, ReadOnlyMemory<byte>>> Load(IReadOnlyList<string> keys)
    {
        var found = new List<StoreRow<string, ReadOnlyMemory<byte>>>();
        foreach (var key in keys)
        {
            if (RowOf(key) is { Version: > 0 } row)
            {
                found.Add(
                    new()
                    {
                        Key = key,
                        Value = row.Value is null ? default : Encoding.UTF8.GetBytes(row.Value),
                        Version = row.Version,
                        Deleted = row.Value is null,
                        ExpiresAt = long.MaxValue,
                    }
                );
            }
        }

        return found;
    }

    public IReadOnlyList<SaveOutcome> Save(IReadOnlyList<StoreWrite<string, ReadOnlyMemory<byte>>> batch)
    {
        for (var i = 1; i < batch.Count; i++)
        {
            if (string.CompareOrdinal(batch[i - 1].Key, batch[i].Key) >= 0)
            {
                throw new ViolationException("a batch is not sorted, or holds a key twice");
            }
        }

        if (!TakesPoison && batch.Any(static write => Refuses(write.Value.Span)))
        {
            throw new StoreException("a constraint says no", isTransient: false) { BlamesRow = !HidesRow };
        }

        return [.. batch.Select(Save)];
    }

    /// <summary>Whether it refuses a value, for as long as it takes no poison.</summary>
    public static bool Refuses(ReadOnlySpan<byte> value) => value.StartsWith(_poison);

    public static string? TextOf(StoreWrite<string, ReadOnlyMemory<byte>> write) =>
        write.Deleted ? null : Encoding.UTF8.GetString(write.Value.Span);

    private SaveOutcome Save(StoreWrite<string, ReadOnlyMemory<byte>> write)
    {
        var held = RowOf(write.Key).Version;
        if (held >= write.Version)
        {
            return held == write.Version ? SaveOutcome.AlreadyStored : SaveOutcome.Superseded(held);
        }

        if (!_rows.TryGetValue(write.Key, out var rows))
        {
            _rows[write.Key] = rows = [];
        }

        rows.Add(new StoredRow(kernel.Stamp(), write.Version, TextOf(write)));
        if (kernel.Trace is not null)
        {
            kernel.Note($"store: {write.Key} = {rows[^1].Value ?? "(deleted)"} at {write.Version}");
        }

        return SaveOutcome.Applied;
    }
}
