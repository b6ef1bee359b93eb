namespace Remanso.Server.Commands.Doctor.Checks;

/// <summary>Whether the clock of the database, by which old rows are removed, agrees with this machine's.</summary>
internal sealed class StoreClockCheck : ICheck
{
    public string Category => Doctor.Category.Database;

    public string Name => "clock";

    public string Link => DocLink.Clocks;

    public bool IsFor(Patient patient) => patient.Store is { Path: null };

    public async Task<IReadOnlyList<Verdict>> RunAsync(Patient patient, CancellationToken cancellationToken)
    {
        await patient.ReachStoreAsync(cancellationToken);
        return await patient.Store!.GetTimeAsync(cancellationToken) is { } micros
            ? [Skew.Judge("the database", DateTimeOffset.UnixEpoch.AddMicroseconds(micros) - patient.Time.GetUtcNow())]
            : [];
    }
}
