namespace Remanso.Server.Commands.Doctor.Checks;

/// <summary>How long a call to the database takes: each miss takes one.</summary>
internal sealed class StoreRoundTripCheck : ICheck
{
    public string Category => Doctor.Category.Database;

    public string Name => "round trip";

    public string Link => DocLink.Sizing;

    private static readonly TimeSpan _most = TimeSpan.FromMilliseconds(25);

    public bool IsFor(Patient patient) => patient.Store is { Path: null };

    public async Task<IReadOnlyList<Verdict>> RunAsync(Patient patient, CancellationToken cancellationToken)
    {
        await patient.ReachStoreAsync(cancellationToken);
        return await patient.Store!.MeasureAsync(patient.Time, cancellationToken) is { } trip
            ? [RoundTrip.Judge("the database", trip, _most)]
            : [];
    }
}
