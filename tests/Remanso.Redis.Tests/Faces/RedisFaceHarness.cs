using Remanso.Conformance.Faces;
using Remanso.Redis.Tests.Servers;
using Remanso.Redis.Tests.Tier;

namespace Remanso.Redis.Tests.Faces;

/// <summary>Faces on Redis, whose clock can't be moved.</summary>
internal sealed class RedisFaceHarness(string address, bool isHosted = true) : FaceHarness
{
    public override string CacheName { get; } = TierServer.NewCache();

    public override bool IsRemote => true;

    public override bool IsHosted => isHosted;

    public override TimeProvider Time => TimeProvider.System;

    public override async Task PassAsync(TimeSpan by)
    {
        var began = Time.GetTimestamp();
        await Until.TrueAsync(() => Time.GetElapsedTime(began) >= by, $"{by} have passed");
    }

    protected override void UseTier(RemansoBuilder builder) => builder.UseRedis(PatientOptions.Of(address));
}
