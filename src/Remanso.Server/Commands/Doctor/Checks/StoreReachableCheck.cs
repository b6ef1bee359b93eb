using Remanso.Stores;

namespace Remanso.Server.Commands.Doctor.Checks;

/// <summary>Whether the database answers, as this user.</summary>
internal sealed class StoreReachableCheck : ICheck
{
    public string Category => Doctor.Category.Database;

    public string Name => "reachable";

    public string Link => DocLink.Deployment;

    public async Task<IReadOnlyList<Verdict>> RunAsync(Patient patient, CancellationToken cancellationToken)
    {
        if (patient.Store is null)
        {
            return [Verdict.Unknown("its address can't be read")];
        }

        try
        {
            return [Verdict.Ok(await patient.ReachStoreAsync(cancellationToken))];
        }
        catch (StoreException exception)
        {
            return
            [
                Verdict.Problem(
                    exception.Message.ReplaceLineEndings(" "),
                    "Look whether it runs, whether this machine reaches it, and whether user and password are right."
                ),
            ];
        }
    }
}
