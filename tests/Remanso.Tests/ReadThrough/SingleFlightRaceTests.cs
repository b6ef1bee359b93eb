using Remanso.ReadThrough;
using Xunit;

namespace Remanso.Tests.ReadThrough;

/// <summary>
/// Two threads meet at a barrier and race for one edge of a flight's life, again and again for a while. Whoever wins,
/// nobody may hang, and nobody may get what is not his.
/// </summary>
public sealed class SingleFlightRaceTests
{
    private static readonly TimeSpan _each = TimeSpan.FromSeconds(0.4);
    private static readonly TimeSpan _most = TimeSpan.FromSeconds(30);

    [Fact]
    public async Task A_caller_that_comes_as_the_flight_ends_joins_it_or_flies_anew()
    {
        var joined = 0;
        var rounds = await Race(
            () =>
            {
                var flights = new SingleFlight<int, int>();
                var end = new TaskCompletionSource<int>();
                var leader = flights.RunAsync(1, end.Task, static (_, task, _) => new ValueTask<int>(task)).AsTask();
                Task<FlightResult<int>>? late = null;
                return new Round(
                    () => end.SetResult(1),
                    () => late = flights.RunAsync(1, static (_, _) => new ValueTask<int>(2)).AsTask(),
                    async () =>
                    {
                        var result = await late!.Soon();
                        Assert.Equal(new FlightResult<int>(1, Joined: false, Shared: result.Joined), await leader.Soon());
                        Assert.Equal(result.Joined ? 1 : 2, result.Value);
                        Assert.Equal(0, flights.Count);
                        joined += result.Joined ? 1 : 0;
                    }
                );
            },
            rounds => joined > 0 && joined < rounds
        );

        Assert.True(joined > 0 && joined < rounds, $"Only one side ever won: {joined} of {rounds} joined.");
    }

    [Fact]
    public async Task A_caller_that_comes_as_the_last_one_leaves_never_joins_a_dying_flight()
    {
        var joined = 0;
        var rounds = await Race(
            () =>
            {
                var flights = new SingleFlight<int, int>();
                var end = new TaskCompletionSource<int>();
                var tokens = new List<CancellationToken>();
                ValueTask<int> Load(int key, CancellationToken token)
                {
                    tokens.Add(token);
                    return new ValueTask<int>(end.Task);
                }

                var source = new CancellationTokenSource();
                var leader = flights.RunAsync(1, Load, source.Token).AsTask();
                Task<FlightResult<int>>? late = null;
                return new Round(
                    source.Cancel,
                    () => late = flights.RunAsync(1, Load).AsTask(),
                    async () =>
                    {
                        end.SetResult(1);
                        var result = await late!.Soon();
                        await Assert.ThrowsAsync<OperationCanceledException>(() => leader.Soon());
                        Assert.Equal(result.Joined ? 1 : 2, tokens.Count);
                        Assert.Equal(!result.Joined, tokens[0].IsCancellationRequested);
                        Assert.False(tokens[^1].IsCancellationRequested);
                        Assert.Equal(0, flights.Count);
                        source.Dispose();
                        joined += result.Joined ? 1 : 0;
                    }
                );
            },
            rounds => joined > 0 && joined < rounds
        );

        Assert.True(joined > 0 && joined < rounds, $"Only one side ever won: {joined} of {rounds} joined.");
    }

    [Fact]
    public async Task A_caller_that_gives_up_as_the_flight_ends_gets_one_of_the_two_and_the_books_agree()
    {
        await Race(() =>
        {
            var flights = new SingleFlight<int, int>();
            var source = new CancellationTokenSource();
            var end = new TaskCompletionSource<int>();
            var leader = flights.RunAsync(1, end.Task, static (_, task, _) => new ValueTask<int>(task)).AsTask();
            var second = flights.RunAsync(1, end.Task, static (_, task, _) => new ValueTask<int>(task), source.Token).AsTask();
            return new Round(
                () => end.SetResult(1),
                source.Cancel,
                async () =>
                {
                    var result = await leader.Soon();
                    if (result.Shared)
                    {
                        Assert.Equal(new FlightResult<int>(1, Joined: true, Shared: true), await second.Soon());
                    }
                    else
                    {
                        await Assert.ThrowsAsync<OperationCanceledException>(() => second.Soon());
                    }

                    source.Dispose();
                }
            );
        });
    }

    [Fact]
    public async Task Loads_that_close_a_circle_from_both_ends_at_once_never_hang()
    {
        await Race(() =>
        {
            var flights = new SingleFlight<string, string>();
            var goA = new TaskCompletionSource();
            var goB = new TaskCompletionSource();
            async ValueTask<string> AskOther(Task go, string other)
            {
                await go.ConfigureAwait(false);
                return (await flights.RunAsync(other, static (_, _) => new ValueTask<string>("alone")).ConfigureAwait(false)).Value;
            }

            var a = flights.RunAsync("a", (_, _) => AskOther(goA.Task, "b")).AsTask();
            var b = flights.RunAsync("b", (_, _) => AskOther(goB.Task, "a")).AsTask();
            return new Round(goA.SetResult, goB.SetResult, async () =>
            {
                // One may have failed before the other asked, which then loads alone.
                var outcomes = await Task.WhenAll(Outcome(a), Outcome(b)).Soon();
                Assert.Contains("recursive", outcomes);
            });
        });

        static async Task<string> Outcome(Task<FlightResult<string>> call)
        {
            try
            {
                return (await call).Value;
            }
            catch (RecursiveLoadException)
            {
                return "recursive";
            }
        }
    }

    [Fact]
    public async Task A_storm_of_callers_that_come_and_go_leaves_nothing_behind_and_no_load_doubled()
    {
        var flights = new SingleFlight<int, int>();
        var inTheAir = new int[4];
        var began = TimeProvider.System.GetTimestamp();
        async ValueTask<int> Load(int key, CancellationToken token)
        {
            Assert.Equal(1, Interlocked.Increment(ref inTheAir[key]));
            await Task.Yield();
            Interlocked.Decrement(ref inTheAir[key]);
            return key;
        }

        // None of them gives up or forgets, so that two loads of one key at once would be an error.
        async Task Worker(int seed)
        {
            var random = new Random(seed);
            while (TimeProvider.System.GetElapsedTime(began) < _each)
            {
                var key = random.Next(inTheAir.Length);
                Assert.Equal(key, (await flights.RunAsync(key, Load)).Value);
            }
        }

        await Task.WhenAll(Enumerable.Range(0, 8).Select(seed => Task.Run(() => Worker(seed)))).Soon();
        Assert.Equal(0, flights.Count);
    }

    /// <summary>Sets up, runs two actions at the same moment on two threads, checks; as often as fits.</summary>
    /// <param name="setUp">Prepares a round.</param>
    /// <param name="isEnough">Whether so many rounds have shown both of what may happen: on a busy machine they meet seldom.</param>
    private static async Task<int> Race(Func<Round> setUp, Func<int, bool>? isEnough = null)
    {
        using var start = new Barrier(2);
        using var done = new Barrier(2);
        Round? round = null;
        var rounds = 0;
        var arrived = 0;

        // A barrier lets its two go some microseconds apart. They meet once more, awake, and then one of them waits a
        // little longer each round, so that they cross at every point of each other's way.
        void MeetThen(Action act, int delay)
        {
            Interlocked.Increment(ref arrived);
            var spin = new SpinWait();
            while (Volatile.Read(ref arrived) < 2)
            {
                spin.SpinOnce(sleep1Threshold: -1);
            }

            Thread.SpinWait(Math.Max(0, delay));
            act();
        }

        var opponent = new Thread(() =>
        {
            while (true)
            {
                start.SignalAndWait();
                if (round is null)
                {
                    return;
                }

                MeetThen(round.Other, 32 - (rounds % 64));
                done.SignalAndWait();
            }
        });
        opponent.UnsafeStart();

        var began = TimeProvider.System.GetTimestamp();
        try
        {
            for (; TimeProvider.System.GetElapsedTime(began) < (isEnough?.Invoke(rounds) == false ? _most : _each); rounds++)
            {
                round = setUp();
                arrived = 0;
                start.SignalAndWait();
                MeetThen(round.One, (rounds % 64) - 32);
                done.SignalAndWait();
                await round.Check();
            }
        }
        finally
        {
            round = null;
            start.SignalAndWait();
        }

        return rounds;
    }

    private sealed record Round(Action One, Action Other, Func<Task> Check);
}
