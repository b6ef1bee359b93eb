using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Hosting;
using Remanso.Server.Configuration;
using Remanso.Server.Hosting;
using Remanso.Testing;

namespace Remanso.Server.Tests.Hosting;

/// <summary>What a stop says while it takes its time.</summary>
public sealed class DrainReporterTests
{
    private static readonly TimeSpan _patience = TimeSpan.FromMinutes(1);

    [Theory]
    [InlineData("memory:", "are to be stored in none")]
    [InlineData("redis://localhost", "are to be stored in none, by this and other workers")]
    public async Task A_tier_that_is_away_for_a_moment_does_not_silence_a_stop(string tier, string expected)
    {
        var time = new ManualTimeProvider();
        var asked = new SemaphoreSlim(0);
        var calls = 0;
        var cache = new ScriptedCache
        {
            BeforeStatistics = () =>
            {
                asked.Release();
                if (++calls == 1)
                {
                    throw new TierUnavailableException("away", mayHaveHappened: false);
                }
            },
        };
        var settings = ServerSettings.Read(
            new ConfigurationBuilder().AddInMemoryCollection([new KeyValuePair<string, string?>(ServerSettings.TierName, tier)]).Build()
        );
        using var life = new Life();
        await using var told = new FirstLine();
        var reporter = new DrainReporter(new ScriptedRegistry(cache), time, life, settings) { Errors = told };

        await reporter.StoppingAsync(TestContext.Current.CancellationToken);
        time.Advance(TimeSpan.FromSeconds(2));
        Assert.True(await asked.WaitAsync(_patience, TestContext.Current.CancellationToken));
        time.Advance(TimeSpan.FromSeconds(2));

        Assert.EndsWith(
            expected,
            await told.Line.WaitAsync(_patience, TimeProvider.System, TestContext.Current.CancellationToken),
            StringComparison.Ordinal
        );
    }

    private sealed class FirstLine : StringWriter
    {
        private readonly TaskCompletionSource<string> _line = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Task<string> Line => _line.Task;

        public override Task WriteLineAsync(string? value)
        {
            _line.TrySetResult(value!);
            return Task.CompletedTask;
        }
    }

    private sealed class Life : IHostApplicationLifetime, IDisposable
    {
        private readonly CancellationTokenSource _stopped = new();

        public CancellationToken ApplicationStarted => CancellationToken.None;

        public CancellationToken ApplicationStopping => CancellationToken.None;

        public CancellationToken ApplicationStopped => _stopped.Token;

        public void StopApplication() { }

        public void Dispose()
        {
            _stopped.Cancel();
            _stopped.Dispose();
        }
    }
}
