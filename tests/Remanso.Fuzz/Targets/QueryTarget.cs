using System.Text;
using Microsoft.AspNetCore.Http;
using Remanso.AspNetCore.Http;
using Remanso.Fuzz.Engine;

namespace Remanso.Fuzz.Targets;

/// <summary>A query string, with every parameter that any call reads.</summary>
internal static class QueryTarget
{
    public static FuzzTarget Target { get; } =
        new("query", Run)
        {
            Words =
            [
                "source=cache",
                "durability=stored",
                "lifetime=",
                "ttl=",
                "grace=",
                "timeout=",
                "version=",
                "max=",
                "tag=",
                "key=",
                "prefix=",
                "error=",
                "olderThan=",
                "all=true",
                "values=true",
                "after=",
                "&",
                "%",
                "%00",
                "%ff",
                "+",
                "=",
                "5m",
                "PT5M",
            ],
            MostBytes = 1024,
        };

    private static void Run(byte[] input)
    {
        var request = Requests.New();
        request.QueryString = new QueryString("?" + Encoding.Latin1.GetString(input));
        Requests.Refusable(() => Query.Source(request));
        Requests.Refusable(() => Query.Durability(request));
        Requests.Refusable(() => Query.Lifetime(request));
        Requests.Refusable(() => Query.Ttl(request));
        Requests.Refusable(() => Query.Grace(request));
        Requests.Refusable(() => Query.ReadTimeout(request));
        Requests.Refusable(() => Query.Version(request));
        Requests.Refusable(() => Query.Max(request, 10, 1000));
        Requests.Refusable(() => Query.Keys(request, 1000));
        Requests.Refusable(() => Query.DeadLetters(request));
        Requests.Refusable(() => Query.Values(request));
        Requests.Refusable(() => Query.Tags(request));
        Requests.Refusable(() => Query.Prefix(request));
        Requests.Refusable(() => Query.Cache(request));
        Requests.Refusable(() => Query.After(request));
    }
}
