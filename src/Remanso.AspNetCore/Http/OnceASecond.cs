namespace Remanso.AspNetCore.Http;

/// <summary>Lets one through each second, whoever comes.</summary>
internal sealed class OnceASecond(TimeProvider time)
{
    private long _second;

    public bool TryTake()
    {
        var now = time.GetUtcNow().ToUnixTimeSeconds();
        return Interlocked.Exchange(ref _second, now) != now;
    }
}
