using System.Collections.Concurrent;
using System.Globalization;
using Remanso.Conformance.Support;
using Remanso.Conformance.Tiers;
using Remanso.Redis.Resp;
using Remanso.Redis.Tests.Resp;
using Remanso.Tiers;
using Xunit;

namespace Remanso.Redis.Tests.Tier;

/// <summary>A replicated set that Sentinel watches over.</summary>
public sealed class SentinelTests
{
    private const int Writers = 16;

    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(2);

    private long _written;

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("killed")]
    [InlineData("frozen")]
    [InlineData("relieved")]
    public async Task No_write_that_a_replica_had_is_lost_when_sentinel_makes_another_master(string how)
    {
        await using var set = await RedisSentinels.StartAsync();
        var first = await set.MasterAsync();

        // One sentinel is enough to learn of the others.
        await using var bed = new TierBed(RedisSentinels.AddressOf(set.Sentinels[0]), isPatient: false);
        var tier = await bed.StartAsync();
        var acknowledged = new ConcurrentDictionary<string, long>();
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Cancelled);
        var writers = Enumerable.Range(0, Writers).Select(writer => WriteAsync(tier, writer, acknowledged, stop.Token)).ToList();
        writers.Add(WriteWithoutWaitAsync(tier, stop.Token));
        await Until.TrueAsync(() => acknowledged.Count > 10 * Writers, "writes are acknowledged");

        var began = TimeProvider.System.GetTimestamp();
        switch (how)
        {
            case "killed":
                set.Sentinels[0].Kill();
                first.Kill();
                break;
            case "frozen":
                set.Sentinels[0].Freeze();
                first.Freeze();
                break;
            default:
                await RedisSentinels.FailOverAsync(set.Sentinels[1]);
                break;
        }

        await Until.TrueAsync(async () => (await set.MasterAsync()).Port != first.Port, "the sentinels name another master");
        var named = TimeProvider.System.GetElapsedTime(began);
        var before = Volatile.Read(ref _written);
        await Until.TrueAsync(() => Volatile.Read(ref _written) > before, "writes are accepted again");
        var again = TimeProvider.System.GetElapsedTime(began);
        TestContext.Current.TestOutputHelper!.WriteLine(
            string.Create(
                CultureInfo.InvariantCulture,
                $"{how}: named after {named.TotalMilliseconds:0} ms, written {again.TotalMilliseconds:0} ms"
            )
        );
        await stop.CancelAsync();
        await Task.WhenAll(writers);

        // A master that was relieved answers until its client leaves it, which costs whoever asks just then an answer.
        foreach (var (key, version) in acknowledged)
        {
            TierRead read = default;
            await Until.TrueAsync(
                async () => (await TryReadAsync(tier, key)) is { } found && (read = found).Entry is not null,
                "it is read"
            );
            Assert.True(read.Entry!.Version >= version);
        }
    }

    private static async Task<TierRead?> TryReadAsync(ICacheTier tier, string key)
    {
        try
        {
            return await tier.ReadAsync(key);
        }
        catch (TierUnavailableException)
        {
            return null;
        }
    }

    [Fact]
    public async Task A_relieved_master_is_written_no_more_where_the_new_one_refuses_this_process()
    {
        await using var set = await RedisSentinels.StartAsync();
        var former = await set.MasterAsync();
        var promoted = set.Servers.Single(server => server != former);
        var log = new RecordingLog();
        var options = RedisOptions.Parse(set.Address);
        options.Timings.FailFast = true;
        await using var provider = new RedisTierProvider(options, loggers: log);
        await using var tier = provider.Create(TierServer.NewCache(), new TierOptions { Partitions = 4 });
        await tier.InitializeAsync(Cancelled);
        await tier.WriteAsync("k", "before");
        await promoted.CliAsync("ACL", "SETUSER", RedisProcess.User, "resetpass", ">second");

        await RedisSentinels.FailOverAsync(set.Sentinels[0]);

        TierUnavailableException? refused = null;
        await Until.TrueAsync(
            async () =>
                (refused = await RefusalAsync(tier))?.Reason?.Contains("refused the user or the password", StringComparison.Ordinal)
                == true,
            "writes are refused, with the reason"
        );
        Assert.Contains($"{promoted.Port}", refused!.Message, StringComparison.Ordinal);
        // It would take them: the sentinels make it a replica seconds later only.
        for (var i = 0; i < 10; i++)
        {
            Assert.StartsWith("master", await former.CliAsync("ROLE"), StringComparison.Ordinal);
            Assert.NotNull(await RefusalAsync(tier));
        }
        await Until.TrueAsync(() => log.Lines.Any(IsOfUnusable), "the log says why");
        Assert.Contains("WRONGPASS", Assert.Single(log.Lines, IsOfUnusable), StringComparison.Ordinal);

        await promoted.CliAsync("ACL", "SETUSER", RedisProcess.User, $">{RedisProcess.Password}");
        await Until.TrueAsync(async () => await RefusalAsync(tier) is null, "writes are accepted by the new master");
        Assert.Equal("1", await promoted.CliAsync("EXISTS", $"rm:{{{tier.Cache}:{Partition.Of("k", 4)}}}:e:k"));

        static bool IsOfUnusable(string line) => line.StartsWith("The sentinels have made Redis", StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_password_of_the_sentinels_may_change_in_its_file()
    {
        await using var set = await RedisSentinels.StartAsync();
        var file = Path.GetTempFileName();
        try
        {
            await File.WriteAllTextAsync(file, SentinelProcess.Password, Cancelled);
            await using var client = await TestClient.ConnectAsync(set.Address, options =>
                (options.Sentinel!.Password, options.Sentinel.PasswordFile) = (null, file)
            );
            foreach (var sentinel in set.Sentinels)
            {
                await sentinel.CliAsync("ACL", "SETUSER", SentinelProcess.User, ">second", $"<{SentinelProcess.Password}");
                await sentinel.CliAsync("CLIENT", "KILL", "USER", SentinelProcess.User);
            }
            await File.WriteAllTextAsync(file, "second", Cancelled);

            // It follows a fail-over: so it has signed in again.
            await RedisSentinels.FailOverAsync(set.Sentinels[0]);
            await Until.TrueAsync(
                async () => client.MasterOf("k") is { IsConnected: true } master && (await set.MasterAsync()).Port == master.EndPoint.Port,
                "it knows the master that the sentinels name"
            );
            await Until.TrueAsync(
                async () =>
                    (await set.Sentinels[1].CliAsync("CLIENT", "LIST")).Contains($"user={SentinelProcess.User}", StringComparison.Ordinal),
                "it has signed in at a sentinel again"
            );
        }
        finally
        {
            File.Delete(file);
        }
    }

    [Fact]
    public async Task Sentinels_are_signed_in_to_with_what_their_callback_gives()
    {
        await using var set = await RedisSentinels.StartAsync();
        var password = SentinelProcess.Password;
        using var changed = new CancellationTokenSource();
        await using var client = await TestClient.ConnectAsync(set.Address, options =>
        {
            (options.Sentinel!.User, options.Sentinel.Password) = (null, null);
            options.Sentinel.Credentials = _ =>
                new(
                    new RedisCredentials
                    {
                        User = SentinelProcess.User,
                        Password = Volatile.Read(ref password),
                        Changed = changed.Token,
                    }
                );
        });
        foreach (var sentinel in set.Sentinels)
        {
            await sentinel.CliAsync("ACL", "SETUSER", SentinelProcess.User, ">second", $"<{SentinelProcess.Password}");
            await sentinel.CliAsync("CLIENT", "KILL", "USER", SentinelProcess.User);
        }

        Volatile.Write(ref password, "second");
        await changed.CancelAsync();

        await Until.TrueAsync(
            async () =>
                (await set.Sentinels[1].CliAsync("CLIENT", "LIST")).Contains($"user={SentinelProcess.User}", StringComparison.Ordinal),
            "it has signed in at a sentinel again"
        );
    }

    [Fact]
    public async Task Sentinels_and_their_servers_are_reached_over_TLS_alone()
    {
        await using var server = new RedisTlsServer();
        await server.InitializeAsync();
        await using var sentinel = SentinelProcess.Start(RedisSentinels.Name, server);
        var password = Uri.EscapeDataString(RedisTlsServer.Password);
        var address =
            $"rediss+sentinel://{RedisTlsServer.User}:{password}@127.0.0.1:{sentinel.Port}/{RedisSentinels.Name}"
            + $"?sentinelUser={SentinelProcess.User}&sentinelPassword={SentinelProcess.Password}";

        await using var client = await TestClient.ConnectAsync(address, options =>
        {
            options.Tls!.CertificateAuthorityFile = server.AuthorityFile;
            options.Tls.HostName = RedisTlsServer.HostName;
            options.Tls.ClientCertificateFile = server.ClientCertificateFile;
            options.Tls.ClientKeyFile = server.ClientKeyFile;
            options.Timings.ConnectTimeout = TimeSpan.FromSeconds(30);
        });

        Assert.Equal(server.Process.Port, client.MasterOf("k")!.EndPoint.Port);
        Assert.True(await client.DoAsync("SET", "k", "v"));
    }

    [Theory]
    [InlineData("password")]
    [InlineData("file")]
    public void A_callback_beside_a_password_of_the_sentinels_is_refused(string beside)
    {
        var options = RedisOptions.Parse("redis+sentinel://h/m");
        options.Sentinel!.Credentials = static _ => default;
        options.Sentinel.Password = beside == "password" ? "s3cret" : null;
        options.Sentinel.PasswordFile = beside == "file" ? "/nowhere" : null;

        Assert.Equal("Credentials", Assert.Throws<ArgumentException>(options.Validate).ParamName);
    }

    [Fact]
    public async Task A_name_that_no_sentinel_knows_is_told_with_its_setting()
    {
        await using var set = await RedisSentinels.StartAsync();
        await using var client = TestClient.Create(set.Address, static options =>
        {
            options.Sentinel!.MasterName = "sea";
            options.Timings.ConnectTimeout = TimeSpan.FromSeconds(3);
        });

        var error = await Assert.ThrowsAnyAsync<RedisException>(() => client.ConnectAsync(Cancelled));

        Assert.Contains("knows a master named sea", error.Message, StringComparison.Ordinal);
        Assert.Contains("Sentinel.MasterName", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_password_that_the_sentinels_refuse_is_told_with_its_setting_and_not_shown()
    {
        await using var set = await RedisSentinels.StartAsync();
        await using var client = TestClient.Create(set.Address, static options =>
        {
            options.Sentinel!.Password = "s3cret";
            options.Timings.ConnectTimeout = TimeSpan.FromSeconds(3);
        });

        var error = await Assert.ThrowsAnyAsync<RedisException>(() => client.ConnectAsync(Cancelled));

        Assert.Contains("WRONGPASS", error.Message, StringComparison.Ordinal);
        Assert.Contains("sentinelPassword", error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("s3cret", error.ToString(), StringComparison.Ordinal);
    }

    private static async Task<TierUnavailableException?> RefusalAsync(ICacheTier tier)
    {
        try
        {
            await tier.WriteAsync("k", "v");
            return null;
        }
        catch (TierUnavailableException refusal)
        {
            return refusal;
        }
    }

    /// <summary>Writes keys of its own until it is stopped, and notes those that were acknowledged with a replica behind them.</summary>
    private async Task WriteAsync(ICacheTier tier, int writer, ConcurrentDictionary<string, long> acknowledged, CancellationToken stopped)
    {
        for (var i = 0; !stopped.IsCancellationRequested; i++)
        {
            var key = $"w{writer}-{i % 200}";
            try
            {
                var version = await tier.WriteAsync(key, "v");
                await tier.EnsureAsync(key, version, Durability.Replicated, _patience, stopped);
                acknowledged[key] = version;
            }
            catch (Exception exception)
                when (exception is TierUnavailableException or DurabilityNotReachedException or OperationCanceledException)
            {
                // Not acknowledged: its writer tries again.
            }
        }
    }

    /// <summary>Shows when writes go on, whether replicas are there or not.</summary>
    private async Task WriteWithoutWaitAsync(ICacheTier tier, CancellationToken stopped)
    {
        while (!stopped.IsCancellationRequested)
        {
            try
            {
                await tier.WriteAsync("probe", "v");
                Interlocked.Increment(ref _written);
            }
            catch (TierUnavailableException)
            {
                // So far they do not.
            }
        }
    }
}
