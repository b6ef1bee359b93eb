namespace Remanso.Server.Commands.Doctor.Checks;

/// <summary>Whether what the caches may grow to has room in this process.</summary>
internal sealed class MemoryCheck : ICheck
{
    public string Category => Doctor.Category.Settings;

    public string Name => "memory";

    public string Link => DocLink.Sizing;

    private const double Reserve = 0.9;

    public Task<IReadOnlyList<Verdict>> RunAsync(Patient patient, CancellationToken cancellationToken)
    {
        var near = patient.Caches.Values.Sum(static cache => cache.Near.Enabled ? cache.Near.MaxBytes : 0L);
        var tier = patient.HasMemoryTier ? patient.Caches.Values.Sum(static cache => (double)cache.Tier.MaxBytes) : 0;
        var available = GC.GetGCMemoryInfo().TotalAvailableMemoryBytes;
        var text = FormattableString.Invariant(
            $"caches may grow to {Bytes.Text(near + tier)}, and this process may use {Bytes.Text(available)}"
        );
        return Task.FromResult<IReadOnlyList<Verdict>>([
            near + tier <= available * Reserve
                ? Verdict.Ok(text)
                : Verdict.Warning(text, "Lower Tier:MaxBytes or Near:MaxBytes of the caches, or give the process more memory."),
        ]);
    }
}
