using Remanso.Torture.Tests.Load;

namespace Remanso.Torture.Tests.Deployments;

/// <summary>What the database holds at the end, compared with what the API acknowledged.</summary>
/// <param name="Rows">How many rows there are.</param>
/// <param name="Versions">How many versions the rows have had.</param>
/// <param name="Unacknowledged">How many rows hold a write that was refused and made nevertheless, as a 503 says may be.</param>
internal sealed record Audit(int Rows, long Versions, int Unacknowledged)
{
    private const int Shown = 10;

    /// <summary>Fails unless every key is in the database with the highest version that was acknowledged and that
    /// write's value (or, where calls were refused, with a higher one), and no version ever fell.</summary>
    public static async Task<Audit> RunAsync(Database database, Ledger ledger)
    {
        var rows = await database.ReadAsync();
        var unacknowledged = 0;
        List<string> wrong = [];
        for (var key = 0; key < ledger.Keys; key++)
        {
            var (version, write, doubted) = ledger[key];
            var name = NumberedWrite.NameOf(key);
            if (version == 0)
            {
                continue;
            }

            if (!rows.TryGetValue(name, out var row))
            {
                wrong.Add($"{name}: version {version} is not there");
            }
            else if (doubted && row.Version > version)
            {
                unacknowledged++;
            }
            else if (
                row.Version > version
                && ledger.Before?[key] is { } before
                && row == (before.Version, NumberedWrite.ValueOf(before.Write))
            )
            {
                // Made after the loss and before the ledger was replaced, by a batch that another one overtook.
            }
            else if (row != (version, NumberedWrite.ValueOf(write)))
            {
                wrong.Add($"{name}: version {row.Version} with '{row.Value}', not {version} with '{NumberedWrite.ValueOf(write)}'");
            }
        }

        Assert.True(wrong.Count == 0, $"{wrong.Count} of {rows.Count} rows are wrong:\n{string.Join('\n', wrong.Take(Shown))}");
        Assert.Equal(0, await database.CountRegressionsAsync());
        return new Audit(rows.Count, await database.CountVersionsAsync(), unacknowledged);
    }
}
