using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Text;
using System.Text.Json;
using Microsoft.Extensions.Caching.Hybrid;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Remanso.Conformance.Support;
using Xunit;

namespace Remanso.Conformance.Faces;

/// <summary>Which serializer writes and reads a value.</summary>
public abstract class HybridSerializerConformance(FaceHarness harness) : HybridSuite(harness)
{
    [Fact]
    public async Task The_serializer_registered_for_a_type_is_used()
    {
        var own = new Own("own");
        var cache = await StartWithAsync(services =>
            services.AddSingleton<IHybridCacheSerializer<Customer>>(own).AddSingleton<IHybridCacheSerializerFactory>(new Factory("factory"))
        );
        await cache.SetAsync("k", new Customer { Name = "a" });
        Assert.Equal("a/own", (await PeekAsync(cache)).Name);
        Assert.Equal(1, own.Writes);
    }

    [Fact]
    public async Task Of_the_factories_the_one_registered_last_that_has_one_is_used()
    {
        var cache = await StartWithAsync(static services =>
            services
                .AddSingleton<IHybridCacheSerializerFactory>(new Factory("first"))
                .AddSingleton<IHybridCacheSerializerFactory>(new Factory("second"))
                .AddSingleton<IHybridCacheSerializerFactory>(new Factory(null))
        );
        await cache.SetAsync("k", new Customer { Name = "a" });
        Assert.Equal("a/second", (await PeekAsync(cache)).Name);
    }

    [Fact]
    public async Task A_serializer_of_strings_can_be_replaced_too()
    {
        var cache = await StartWithAsync(static services => services.AddSingleton<IHybridCacheSerializer<string>>(new Reversed()));
        await cache.SetAsync("k", new StringBuilder("abc").ToString());
        Assert.Equal("abc", await cache.GetOrCreateAsync("k", static _ => ValueTask.FromResult("x")));
    }

    [Fact]
    public async Task The_options_of_json_come_from_the_services()
    {
        var general = new JsonSerializerOptions { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseUpper };
        var writer = await StartWithAsync(services =>
            services.AddKeyedSingleton<JsonSerializerOptions>(typeof(IHybridCacheSerializer<>), general)
        );
        await writer.SetAsync("k", new Customer { Name = "a" });
        Assert.Equal("a", (await PeekAsync(writer)).Name);
        if (Harness.IsRemote)
        {
            // Read with other names, the same bytes give an empty object.
            Assert.Null((await PeekAsync(Cache)).Name);
        }
    }

    [Fact]
    public async Task What_can_not_be_written_fails_for_its_callers_and_is_not_cached()
    {
        var cache = await StartWithAsync(static services =>
            services.AddSingleton<IHybridCacheSerializer<Customer>>(new Own("x") { Fails = true })
        );
        await Assert.ThrowsAsync<NotSupportedException>(async () => await cache.SetAsync("k", new Customer()));
        await Assert.ThrowsAsync<NotSupportedException>(async () =>
            await cache.GetOrCreateAsync("k", static _ => ValueTask.FromResult(new Customer()))
        );
        Assert.Null(await PeekAsync(cache));
    }

    [Fact]
    public async Task What_can_not_be_read_is_loaded_again()
    {
        var own = new Own("own");
        var cache = await StartWithAsync(services => services.AddSingleton<IHybridCacheSerializer<Customer>>(own));
        await cache.SetAsync("k", new Customer { Name = "a" });
        own.Fails = true;
        Assert.Null(await PeekAsync(cache));
        var runs = 0;
        await Assert.ThrowsAsync<NotSupportedException>(async () => await cache.GetOrCreateAsync("k", _ =>
            {
                runs++;
                return ValueTask.FromResult(new Customer { Name = "b" });
            }));
        own.Fails = false;
        Assert.Equal(1, runs);
        Assert.Equal("c/own", (await RefilledAsync()).Name);

        async Task<Customer> RefilledAsync()
        {
            await cache.GetOrCreateAsync("k", static _ => ValueTask.FromResult(new Customer { Name = "c" }));
            return await PeekAsync(cache);
        }
    }

    [Fact]
    public async Task A_value_that_would_not_come_back_is_told_once_and_cached_all_the_same()
    {
        using var log = new RecordingLog();
        var cache = await StartWithAsync(services => services.AddSingleton<ILoggerFactory>(log));

        foreach (var key in (string[])["a", "b"])
        {
            await cache.SetAsync(key, new Parcel());
            await cache.SetAsync(key, new Parcel("tea"));
            await cache.SetAsync(key, new Customer { Name = "half \ud83d" });
            await cache.SetAsync(key, "half \ud83d");
        }

        string[] told = [.. log.Lines.Where(static line => line.Contains("do not come back", StringComparison.Ordinal))];
        Assert.Equal(3, told.Length);
        Assert.Contains("Parcel.Parts would not come back", told[0], StringComparison.Ordinal);
        Assert.Contains("$.Name has a lone surrogate", told[1], StringComparison.Ordinal);
        Assert.Contains("a lone surrogate", told[2], StringComparison.Ordinal);
        Assert.NotNull(await cache.GetOrCreateAsync("b", static _ => ValueTask.FromResult<string?>(null)));
    }

    private static async Task<Customer> PeekAsync(HybridCache cache) =>
        await cache.GetOrCreateAsync(
            "k",
            static _ => ValueTask.FromResult(new Customer()),
            new HybridCacheEntryOptions { Flags = HybridCacheEntryFlags.DisableUnderlyingData }
        );

    private async Task<HybridCache> StartWithAsync(Action<IServiceCollection> register) =>
        (await StartAsync(register: register)).Get<HybridCache>();

    public sealed class Parcel
    {
        private readonly List<string> _parts = [];

        public Parcel() { }

        public Parcel(string part) => _parts.Add(part);

        public int Number { get; set; }

        public IEnumerable<string> Parts => _parts;
    }

    private sealed class Own(string suffix) : IHybridCacheSerializer<Customer>
    {
        public int Writes { get; private set; }

        public bool Fails { get; set; }

        public Customer Deserialize(ReadOnlySequence<byte> source) =>
            Fails ? throw new NotSupportedException("No reading today.") : new() { Name = $"{Encoding.UTF8.GetString(source)}/{suffix}" };

        public void Serialize(Customer value, IBufferWriter<byte> target)
        {
            Writes++;
            target.Write(Encoding.UTF8.GetBytes(Fails ? throw new NotSupportedException("No writing today.") : value.Name!));
        }
    }

    private sealed class Factory(string? suffix) : IHybridCacheSerializerFactory
    {
        public bool TryCreateSerializer<T>([NotNullWhen(true)] out IHybridCacheSerializer<T>? serializer)
        {
            serializer = suffix is not null && typeof(T) == typeof(Customer) ? (IHybridCacheSerializer<T>)(object)new Own(suffix) : null;
            return serializer is not null;
        }
    }

    private sealed class Reversed : IHybridCacheSerializer<string>
    {
        public string Deserialize(ReadOnlySequence<byte> source) => Turn(Encoding.UTF8.GetString(source));

        public void Serialize(string value, IBufferWriter<byte> target) => target.Write(Encoding.UTF8.GetBytes(Turn(value)));

        private static string Turn(string text) => string.Concat(text.Reverse());
    }
}
