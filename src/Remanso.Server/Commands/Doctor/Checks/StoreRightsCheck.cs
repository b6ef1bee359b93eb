using Remanso.Stores;

namespace Remanso.Server.Commands.Doctor.Checks;

/// <summary>Whether this role may make and write what it must, and nothing changes what it writes: tried in a
/// transaction that is rolled back.</summary>
internal sealed class StoreRightsCheck : ICheck
{
    public string Category => Doctor.Category.Database;

    public string Name => "rights";

    public string Link => DocLink.Accounts;

    public bool IsFor(Patient patient) => patient.Store is not null;

    public async Task<IReadOnlyList<Verdict>> RunAsync(Patient patient, CancellationToken cancellationToken)
    {
        await patient.ReachStoreAsync(cancellationToken);
        try
        {
            return await patient.Store!.TryWritingAsync(patient.KeepsHistory, cancellationToken) is { } doubt
                ? [Verdict.Problem(doubt, "Give it the rights of deploy/sql, or have an administrator make the table.")]
                : [Verdict.Ok("a row can be written, changed and removed (rolled back)")];
        }
        catch (StoreException exception)
        {
            return
            [
                Verdict.Problem(
                    exception.Message.ReplaceLineEndings(" "),
                    "Give this role the rights of deploy/sql; drop triggers and policies that change what is written."
                ),
            ];
        }
    }
}
