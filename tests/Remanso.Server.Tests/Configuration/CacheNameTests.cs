using Microsoft.Extensions.Configuration;
using Remanso.Server.Configuration;

namespace Remanso.Server.Tests.Configuration;

/// <summary>How a cache is called whose name stands in several sources of settings.</summary>
public sealed class CacheNameTests
{
    private const string Caches = "Remanso:Caches:";

    [Fact]
    public void The_default_cache_is_set_in_capitals_too()
    {
        var caches = Read([(Caches + "DEFAULT:TTL:BASE", "10m")]);

        Assert.Equal(TimeSpan.FromMinutes(10), Assert.Single(caches).Value.Ttl.Base);
        Assert.Equal("default", caches.Keys.Single());
    }

    [Fact]
    public void A_name_is_spelled_as_where_it_was_set_first()
    {
        var caches = Read(
            [(Caches + "Sessions:Ttl:Base", "10m")],
            [(Caches + "SESSIONS:FLUSH:INTERVAL", "1s"), (Caches + "OTHER:TTL:BASE", "1m")]
        );

        Assert.Equal(["OTHER", "Sessions", "default"], caches.Keys);
        Assert.Equal((TimeSpan.FromMinutes(10), TimeSpan.FromSeconds(1)), (caches["Sessions"].Ttl.Base, caches["Sessions"].Flush.Interval));
    }

    private static IReadOnlyDictionary<string, CacheOptions> Read(params (string Name, string Value)[][] sources)
    {
        var builder = new ConfigurationBuilder();
        foreach (var source in sources)
        {
            builder.AddInMemoryCollection(source.Select(static pair => new KeyValuePair<string, string?>(pair.Name, pair.Value)));
        }

        return ServerSettings.Read(builder.Build()).Caches;
    }
}
