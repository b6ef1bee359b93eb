using Remanso.AspNetCore.Http;
using Remanso.AspNetCore.Security.Authentication;
using Remanso.Fuzz.Engine;

namespace Remanso.Fuzz.Targets;

/// <summary>The other fields that are taken apart: Cache-Control, Idempotency-Key, Authorization, in this order, a line each.</summary>
internal static class CacheControlTarget
{
    public static FuzzTarget Target { get; } =
        new("cache-control", Run)
        {
            Words =
            [
                "max-age=",
                "min-fresh=",
                "max-stale",
                "no-cache",
                "no-store",
                "only-if-cached",
                "stale-if-error=",
                "\"",
                ",",
                "=",
                "60",
                "99999999999999999999",
                "Bearer ",
                "rk_",
                "\n",
            ],
            MostBytes = 512,
        };

    private static void Run(byte[] input)
    {
        var lines = Requests.Lines(input);
        var request = Requests.New();
        request.Headers.CacheControl = lines[0];
        if (lines.Length > 1)
        {
            request.Headers["Idempotency-Key"] = lines[1];
        }

        if (lines.Length > 2)
        {
            request.Headers.Authorization = lines[2..];
        }

        Requests.Refusable(() => _ = ReadWish.Of(request, mayReload: true)?.Options(anew: false));
        Requests.Refusable(() => IdempotencyKey.Of(request));
        _ = Credential.Of(request).Kind;
    }
}
