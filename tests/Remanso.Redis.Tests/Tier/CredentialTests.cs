using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using Remanso.Conformance.Tiers;
using Remanso.Redis.Resp;
using Remanso.Redis.Tests.Resp;
using Remanso.Redis.Tests.Servers;
using Remanso.Tiers;
using Xunit;

namespace Remanso.Redis.Tests.Tier;

/// <summary>Credentials that change while tiers work.</summary>
public sealed class CredentialTests : IDisposable
{
    private const int Writers = 16;

    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(60);

    private readonly string _folder = Directory.CreateTempSubdirectory("remanso-credentials-").FullName;
    private readonly ConcurrentQueue<Exception> _failures = new();
    private long _written;

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task A_password_is_rotated_under_load_and_nobody_notices()
    {
        await using var server = await RedisProcess.StartAsync();
        var file = Path.Combine(_folder, "password");
        await File.WriteAllTextAsync(file, RedisProcess.Password + "\n", Cancelled);
        var options = PatientOptions.Of($"redis://127.0.0.1:{server.Port}");
        (options.User, options.PasswordFile) = (RedisProcess.User, file);
        await using var provider = new RedisTierProvider(options);
        var cache = TierServer.NewCache();
        await using var tier = provider.Create(cache, new TierOptions { Partitions = 4 });
        await tier.InitializeAsync(Cancelled);
        var acknowledged = new ConcurrentDictionary<string, long>();
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Cancelled);
        var writers = Enumerable.Range(0, Writers).Select(writer => WriteAsync(tier, writer, acknowledged, stop.Token)).ToList();
        try
        {
            await MoreAsync();

            // Both are good for a while; then the old one is gone.
            await server.CliAsync("ACL", "SETUSER", RedisProcess.User, ">second");
            var before = await SignInsAsync(server);
            await File.WriteAllTextAsync(file, "second", Cancelled);
            await Until.TrueAsync(async () => await SignInsAsync(server) > before + 1, "the open connections sign in anew");
            await server.CliAsync("ACL", "SETUSER", RedisProcess.User, $"<{RedisProcess.Password}");
            await MoreAsync();
            Assert.Empty(_failures);

            // Whoever must connect now has but the new one. What was on its way then may have happened, and says so.
            await server.CliAsync("CLIENT", "KILL", "USER", RedisProcess.User);
            await MoreAsync();
            Assert.All(_failures, static failure => Assert.True(((TierUnavailableException)failure).MayHaveHappened));
        }
        finally
        {
            // Whatever failed: no load is left to the next test.
            await stop.CancelAsync();
            await Task.WhenAll(writers);
        }

        foreach (var (key, version) in acknowledged)
        {
            Assert.True((await tier.ReadAsync(key)).Entry!.Version >= version);
        }
    }

    [Fact]
    public async Task Credentials_that_expire_are_renewed_on_the_connection_that_is_open()
    {
        await using var server = await RedisProcess.StartAsync();
        await server.CliAsync("ACL", "SETUSER", "other", "on", ">token-2", "~*", "&*", "+@all");
        var calls = 0;
        await using var client = await TestClient.ConnectAsync($"redis://127.0.0.1:{server.Port}", options => options.Credentials = _ =>
                new(
                    Interlocked.Increment(ref calls) == 1
                        ? new RedisCredentials
                        {
                            User = "admin",
                            Password = "admin",
                            ExpiresAt = TimeProvider.System.GetUtcNow() + TimeSpan.FromSeconds(1),
                        }
                        : new RedisCredentials { User = "other", Password = "token-2" }
                ));
        Assert.Equal("admin", await client.TextAsync("ACL", "WHOAMI"));
        var id = await client.ExecuteAsync(RedisRoute.Any, Replies.Int64, Cancelled, "CLIENT", "ID");

        await Until.TrueAsync(async () => await client.TextAsync("ACL", "WHOAMI") == "other", "it has signed in anew");

        Assert.Equal(id, await client.ExecuteAsync(RedisRoute.Any, Replies.Int64, Cancelled, "CLIENT", "ID"));
    }

    [Fact]
    public async Task Where_no_new_credentials_come_the_connection_lives_on_and_it_is_told()
    {
        await using var server = await RedisProcess.StartAsync();
        var told = new TaskCompletionSource<Exception>(TaskCreationOptions.RunContinuationsAsynchronously);
        using var changed = new CancellationTokenSource();
        var calls = 0;
        var options = RedisOptions.Parse($"redis://127.0.0.1:{server.Port}");
        options.Credentials = _ =>
            Interlocked.Increment(ref calls) == 1
                ? new(
                    new RedisCredentials
                    {
                        User = "admin",
                        Password = "admin",
                        Changed = changed.Token,
                    }
                )
                : throw new TimeoutException("the issuer of tokens is away");
        await using var client = new RedisClient(options, TimeProvider.System, notRenewed: (_, error) => told.TrySetResult(error));
        await client.ConnectAsync(Cancelled);

        await changed.CancelAsync();

        Assert.Contains("the issuer of tokens is away", (await told.Task).Message, StringComparison.Ordinal);
        Assert.Equal("admin", await client.TextAsync("ACL", "WHOAMI"));
    }

    [Fact]
    public async Task A_right_password_behind_a_wrong_one_is_used_at_once()
    {
        await using var server = await RedisProcess.StartAsync();
        await server.CliAsync("ACL", "SETUSER", "other", "on", ">right", "~*", "&*", "+@all");
        var told = new ConcurrentQueue<Exception>();
        using var first = new CancellationTokenSource();
        using var second = new CancellationTokenSource();
        var calls = 0;
        var options = RedisOptions.Parse($"redis://127.0.0.1:{server.Port}");
        options.Credentials = _ =>
            new(
                Interlocked.Increment(ref calls) switch
                {
                    1 => new RedisCredentials
                    {
                        User = "admin",
                        Password = "admin",
                        Changed = first.Token,
                    },
                    2 or 3 => new RedisCredentials
                    {
                        User = "other",
                        Password = "wrong",
                        Changed = second.Token,
                    },
                    _ => new RedisCredentials { User = "other", Password = "right" },
                }
            );
        await using var client = new RedisClient(options, new NoLongPauses(), notRenewed: (_, error) => told.Enqueue(error));
        await client.ConnectAsync(Cancelled);
        await first.CancelAsync();
        await Until.TrueAsync(() => told.Count == 2, "the wrong one was refused twice");
        Assert.All(told, static error => Assert.Contains("WRONGPASS", error.Message, StringComparison.Ordinal));

        await second.CancelAsync();

        await Until.TrueAsync(async () => await client.TextAsync("ACL", "WHOAMI") == "other", "it has signed in with the right one");
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Where_the_provider_hangs_it_is_told_and_the_client_ends(bool blocks)
    {
        await using var server = await RedisProcess.StartAsync();
        using var release = new ManualResetEventSlim();
        var never = new TaskCompletionSource<RedisCredentials>();
        var client = TestClient.Create($"redis://127.0.0.1:{server.Port}", options =>
        {
            options.Timings.ConnectTimeout = TimeSpan.FromMilliseconds(300);
            options.Credentials = _ =>
            {
                if (blocks)
                {
                    release.Wait(CancellationToken.None);
                }

                return new(never.Task);
            };
        });

        await Until.TrueAsync(
            () => client.State.LastError?.Message.Contains("there are no credentials yet", StringComparison.Ordinal) == true,
            "it is told"
        );

        await client.DisposeAsync().AsTask().WaitAsync(_patience, Cancelled);
        release.Set();
    }

    [Fact]
    public async Task A_provider_that_hangs_once_is_told_of_and_asked_again()
    {
        await using var server = await RedisProcess.StartAsync();
        var told = new TaskCompletionSource<Exception>(TaskCreationOptions.RunContinuationsAsynchronously);
        var never = new TaskCompletionSource<RedisCredentials>();
        using var changed = new CancellationTokenSource();
        var options = RedisOptions.Parse($"redis://127.0.0.1:{server.Port}");
        options.Timings.ConnectTimeout = TimeSpan.FromSeconds(1);
        var again = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var credentials = new RedisCredentials
        {
            User = "admin",
            Password = "admin",
            Changed = changed.Token,
        };
        var state = 0;
        options.Credentials = _ =>
        {
            if (Interlocked.CompareExchange(ref state, 2, 1) == 1)
            {
                return new(never.Task);
            }

            if (Volatile.Read(ref state) == 2)
            {
                again.TrySetResult();
            }

            return new(credentials);
        };
        await using var client = new RedisClient(options, TimeProvider.System, notRenewed: (_, error) => told.TrySetResult(error));
        await Until.TrueAsync(() => client.State.IsConnected, "it is connected");

        Volatile.Write(ref state, 1);
        await changed.CancelAsync();

        Assert.Contains(
            "There are no credentials for Redis after",
            (await told.Task.WaitAsync(_patience, Cancelled)).Message,
            StringComparison.Ordinal
        );
        await again.Task.WaitAsync(_patience, Cancelled);
    }

    [Fact]
    public void What_does_not_go_together_is_told_with_the_setting()
    {
        Assert.Equal("PasswordFile", Refused("redis://:s3cret@h", static options => options.PasswordFile = "/nowhere"));
        Assert.Equal("PasswordFile", Refused("redis://h", static options => options.PasswordFile = "/nowhere"));
        Assert.Equal("UserFile", Refused("redis://h", static options => options.UserFile = "/nowhere"));
        Assert.Equal("Credentials", Refused("redis://:s3cret@h", static options => options.Credentials = static _ => default));
        var empty = Path.Combine(_folder, "empty");
        File.WriteAllText(empty, "\n");
        Assert.Equal("PasswordFile", Refused("redis://h", options => options.PasswordFile = empty));
    }

    /// <summary>A clock of which no pause above a second ends by itself.</summary>
    private sealed class NoLongPauses : TimeProvider
    {
        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
            base.CreateTimer(callback, state, dueTime > TimeSpan.FromSeconds(1) ? Timeout.InfiniteTimeSpan : dueTime, period);
    }

    private static string? Refused(string address, Action<RedisOptions> configure)
    {
        var options = RedisOptions.Parse(address);
        configure(options);
        var error = Assert.Throws<ArgumentException>(options.Validate);
        Assert.DoesNotContain("s3cret", error.ToString(), StringComparison.Ordinal);
        return error.ParamName;
    }

    private async Task<long> SignInsAsync(RedisProcess server)
    {
        var line = (await server.CliAsync("INFO", "commandstats"))
            .Split('\n')
            .Single(static line => line.StartsWith("cmdstat_auth:", StringComparison.Ordinal));

        // The look itself signs in by it, too: once each.
        return long.Parse(line.Split("calls=")[1].Split(',')[0], System.Globalization.CultureInfo.InvariantCulture) - ++_looks;
    }

    private long _looks;

    private async Task MoreAsync()
    {
        var before = Volatile.Read(ref _written);
        await Until.TrueAsync(() => Volatile.Read(ref _written) > before + (100 * Writers), "writes go on");
    }

    private async Task WriteAsync(ICacheTier tier, int writer, ConcurrentDictionary<string, long> acknowledged, CancellationToken stopped)
    {
        for (var i = 0; !stopped.IsCancellationRequested; i++)
        {
            var key = $"w{writer}-{i % 100}";
            try
            {
                acknowledged[key] = await tier.WriteAsync(key, "v");
                Interlocked.Increment(ref _written);
            }
            catch (Exception exception)
            {
                _failures.Enqueue(exception);
            }
        }
    }
}
