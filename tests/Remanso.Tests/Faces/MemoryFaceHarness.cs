using Remanso.Conformance.Faces;
using Remanso.Testing;

namespace Remanso.Tests.Faces;

/// <summary>Faces on the memory tier, on a clock that the test moves.</summary>
internal sealed class MemoryFaceHarness(bool isHosted = true) : FaceHarness
{
    private readonly ManualTimeProvider _time = new();

    public override string CacheName => "face";

    public override bool IsRemote => false;

    public override bool IsHosted => isHosted;

    public override TimeProvider Time => _time;

    public override Task PassAsync(TimeSpan by)
    {
        _time.Advance(by);
        return Task.CompletedTask;
    }

    protected override void UseTier(RemansoBuilder builder) => builder.UseMemoryTier();
}
