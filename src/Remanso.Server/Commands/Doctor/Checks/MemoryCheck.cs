using Remanso.Hosting;

namespace Remanso.Server.Commands.Doctor.Checks;

/// <summary>Whether what the caches may grow to has room in this process.</summary>
internal sealed class MemoryCheck : ICheck
{
    public string Category => Doctor.Category.Settings;

    public string Name => "memory";

    public string Link => DocLink.Sizing;

    public Task<IReadOnlyList<Verdict>> RunAsync(Patient patient, CancellationToken cancellationToken)
    {
        var need = patient.Caches.Values.Sum(cache => MemoryNeed.Of(cache, patient.HasMemoryTier));
        var available = MemoryNeed.Available;
        var text = FormattableString.Invariant($"caches may grow to {Bytes.Text(need)}, and this process may use {Bytes.Text(available)}");
        return Task.FromResult<IReadOnlyList<Verdict>>([
            MemoryNeed.Fits(need, available)
                ? Verdict.Ok(text)
                : Verdict.Warning(
                    $"{text}, of which half should be left",
                    "Lower Tier:MaxBytes or Near:MaxBytes of the caches, or give the process more memory."
                ),
        ]);
    }
}
