using Remanso.Conformance.Support;
using Remanso.Stores;
using Remanso.Tests.Support;
using Xunit;

namespace Remanso.Tests.Stores;

/// <summary>The message of a bug says too little: its type and its stack are in the log. Of an outage and of a refusal it
/// is enough.</summary>
[Collection(ManualClockTests.Name)]
public sealed class UnforeseenErrorTests
{
    private readonly RecordingLog _log = new();
    private readonly ScriptedStore _store = new();

    [Fact]
    public async Task A_fault_of_the_stores_own_code_is_logged_whole_while_it_is_tried_and_as_a_dead_letter()
    {
        _store.BeforeSave = static _ => throw new InvalidOperationException("oops");
        await using var harness = await CacheHarness.StartAsync(store: _store, loggers: _log);
        await harness.Cache.SetAsync("k", "v");

        for (var i = 0; i < 3; i++)
        {
            await harness.Cache.Operations.FlushAsync();
        }

        Assert.Single(await harness.Cache.Operations.GetDeadLettersAsync());
        Assert.Contains(_log.Exceptions, static logged => IsFault(logged, "could not be flushed"));
        Assert.Contains(_log.Exceptions, static logged => IsFault(logged, "for good: oops"));
    }

    [Fact]
    public async Task A_fault_of_the_stores_own_code_is_logged_whole_at_the_start()
    {
        _store.OnInitialize = static _ => throw new StoreException("not yet", isTransient: true);
        await using var harness = await CacheHarness.StartAsync(store: _store, loggers: _log);
        _store.OnInitialize = static _ => throw new InvalidOperationException("oops");

        await harness.AdvanceUntilAsync(() => _log.Exceptions.Any(static logged => IsFault(logged, "not ready")), "the second start");

        Assert.DoesNotContain(_log.Exceptions, static logged => logged.Exception is StoreException);
    }

    [Fact]
    public async Task A_fault_of_the_stores_own_code_is_logged_whole_where_a_stale_copy_is_served()
    {
        await using var harness = await CacheHarness.StartAsync(
            options => (options.Ttl.Base, options.Ttl.Jitter, options.Ttl.Grace) = (TimeSpan.FromSeconds(1), 0, TimeSpan.FromHours(1)),
            _store,
            loggers: _log
        );
        await harness.Cache.SetAsync("k", "v");
        await harness.Cache.Operations.FlushAsync();
        _store.OnLoad = static (_, _) => throw new InvalidOperationException("oops");
        harness.Time.Advance(TimeSpan.FromSeconds(2));

        Assert.Equal("v", (await harness.Cache.GetAsync("k")).Value);

        Assert.Contains(_log.Exceptions, static logged => IsFault(logged, "serving a stale value"));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task An_outage_or_a_refusal_is_a_line(bool isTransient)
    {
        _store.BeforeSave = _ => throw new StoreException("no", isTransient);
        await using var harness = await CacheHarness.StartAsync(store: _store, loggers: _log);
        await harness.Cache.SetAsync("k", "v");

        for (var i = 0; i < 3; i++)
        {
            await harness.Cache.Operations.FlushAsync();
        }

        Assert.Contains(_log.Lines, static line => line.Contains("could not be flushed", StringComparison.Ordinal));
        Assert.Empty(_log.Exceptions);
    }

    private static bool IsFault((string Line, Exception Exception) logged, string line) =>
        logged.Exception is InvalidOperationException { StackTrace: not null } && logged.Line.Contains(line, StringComparison.Ordinal);
}
