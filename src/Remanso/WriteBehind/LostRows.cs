using Remanso.Stores;
using Remanso.Tiers;

namespace Remanso.WriteBehind;

// A take is bounded by the bytes of what is dirty, and the rows that this lost to are not: after a tier came back with
// old data, a batch of small entries may lose to as many large rows. So they are loaded in slices, and no more of them
// than a tier is to settle at once; the tier gets the others from their next read.

// A row that can't be read is found by halving, so that it costs no other one its row.

/// <summary>Loads the rows that entries lost to, or may have lost to, for the tier to have them in their place.</summary>
internal static class LostRows
{
    private const int FirstSlice = 16;
    private const int LargestSlice = 256;
    private const long SliceBytes = 1 << 20;
    private const long MostBytes = 16 << 20;

    /// <summary>Loads the rows of the first keys, as many as are of use.</summary>
    /// <param name="store">The store.</param>
    /// <param name="keys">The keys.</param>
    /// <param name="maxBatch">How many keys the store is asked for at once, at most.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>The rows that there are and can be read, and of how many keys; and the error of the others, a passing one
    /// of the next keys among them.</returns>
    public static async ValueTask<(Dictionary<string, StoreRow<string, ReadOnlyMemory<byte>>> Rows, int Asked, Exception? Error)> LoadAsync(
        IBackingStore<string, ReadOnlyMemory<byte>> store,
        IReadOnlyList<string> keys,
        int maxBatch,
        CancellationToken cancellationToken
    )
    {
        var rows = new Dictionary<string, StoreRow<string, ReadOnlyMemory<byte>>>(StringComparer.Ordinal);
        var (asked, bytes, size) = (0, 0L, FirstSlice);
        Exception? error = null;
        while (asked < keys.Count && bytes < MostBytes)
        {
            string[] slice = [.. keys.Skip(asked).Take(Math.Min(size, maxBatch))];
            var before = bytes;
            try
            {
                foreach (var row in await store.LoadAsync(slice, cancellationToken).ConfigureAwait(false))
                {
                    rows[row.Key] = row;
                    bytes += row.Value.Length;
                }
            }
            catch (Exception exception) when (!cancellationToken.IsCancellationRequested)
            {
                error = exception;
                if (StoreErrors.IsTransient(exception))
                {
                    break;
                }

                asked += slice.Length == 1 ? 1 : 0;
                size = Math.Max(1, slice.Length / 2);
                continue;
            }

            asked += slice.Length;
            size = bytes - before < SliceBytes ? Math.Min(size * 2, LargestSlice) : Math.Max(1, size / 2);
        }

        return (rows, asked, error);
    }
}
