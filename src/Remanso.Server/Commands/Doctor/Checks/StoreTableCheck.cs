using Remanso.Sql.Inspection;
using Remanso.Stores;

namespace Remanso.Server.Commands.Doctor.Checks;

/// <summary>Whether tables that are there can hold what is written into them.</summary>
internal sealed class StoreTableCheck : ICheck
{
    public string Category => Doctor.Category.Database;

    public string Name => "tables";

    public string Link => DocLink.Deployment;

    public bool IsFor(Patient patient) => patient.Store is not null;

    public async Task<IReadOnlyList<Verdict>> RunAsync(Patient patient, CancellationToken cancellationToken)
    {
        await patient.ReachStoreAsync(cancellationToken);
        List<Verdict> verdicts = [];
        foreach (var isHistory in patient.KeepsHistory ? (bool[])[false, true] : [false])
        {
            verdicts.Add(await CheckAsync(patient.Store!, isHistory, cancellationToken));
        }

        return verdicts;
    }

    private static async Task<Verdict> CheckAsync(IStoreInspection store, bool isHistory, CancellationToken cancellationToken)
    {
        var table = isHistory ? "the history" : "the table";
        try
        {
            var state = await store.CheckTableAsync(isHistory, cancellationToken);
            return state.MissingIndex is { } index
                ? Verdict.Warning($"{table} has no index on gone_at, so every purge reads all rows of its cache", $"{index};")
                : Verdict.Ok(state.IsThere ? $"{table} fits" : $"{table} is not there yet; the start makes it");
        }
        catch (StoreException exception) when (!exception.IsTransient)
        {
            // The sentence has its cure at the end.
            return Verdict.Problem(
                exception.Message.ReplaceLineEndings(" "),
                "Change the table as the message says, or name another database."
            );
        }
    }
}
