using Remanso.Conformance.Support;
using Remanso.Redis.Resp;
using Remanso.Redis.Tests.Resp;
using Remanso.Redis.Tests.Servers;
using Remanso.Redis.Tier;
using Remanso.Testing;
using Remanso.Tiers;
using Xunit;

namespace Remanso.Redis.Tests.Tier;

/// <summary>Users who may not ask what a server is, and servers that don't say: the tier works, and knows less.</summary>
public sealed class FewRightsTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("-role")]
    [InlineData("-role -info")]
    [InlineData("-role -info -config|get")]
    [InlineData("-@dangerous")]
    public async Task A_user_without_rights_to_ask_writes_and_reads_on_one_server(string denied)
    {
        await using var server = await RedisProcess.StartAsync();
        await DenyAsync(server, denied);
        await using var bed = new TierBed(server.Address);
        var tier = await bed.StartAsync();

        await tier.WriteAsync(TierBed.Write("k", "v"), Cancellation);

        Assert.Equal("v", System.Text.Encoding.UTF8.GetString((await tier.ReadAsync("k", holder: 1, Cancellation)).Entry!.Value.Span));
    }

    [Theory]
    [InlineData("-role", true)]
    [InlineData("-@dangerous", false)]
    public async Task A_user_without_rights_to_ask_follows_a_promoted_replica(string denied, bool tellsReplicas)
    {
        await using var pair = await RedisPair.StartAsync();
        await DenyAsync(pair.Master, denied);
        await DenyAsync(pair.Replica, denied);
        // The replica first: it must not be taken for the master.
        await using var client = await TestClient.ConnectAsync(RedisProcess.AddressOf(pair.Replica, pair.Master));
        Assert.True(await client.DoAsync("SET", "rm:k", "old"));
        Assert.Equal(pair.Master.Port, client.MasterOf("rm:k")!.EndPoint.Port);
        Assert.Equal(tellsReplicas ? 1 : null, client.MasterOf("rm:k")!.Replicas);

        pair.Master.Kill();
        await pair.PromoteAsync();

        await Until.TrueAsync(
            async () =>
            {
                try
                {
                    return await client.DoAsync("SET", "rm:k", "new");
                }
                catch (RedisException)
                {
                    return false;
                }
            },
            "writes go on"
        );
        Assert.Equal("new", await pair.Replica.CliAsync("get", "rm:k"));
    }

    [Fact]
    public async Task A_replica_that_may_not_tell_whose_it_is_is_refused_in_words()
    {
        await using var pair = await RedisPair.StartAsync();
        await DenyAsync(pair.Replica, "-@dangerous");
        await using var client = TestClient.Create(pair.Replica.Address, static options =>
            options.Timings.ConnectTimeout = TimeSpan.FromSeconds(1)
        );

        var error = await Assert.ThrowsAsync<RedisConnectionException>(() => client.ConnectAsync(Cancellation));

        Assert.Contains($"127.0.0.1:{pair.Replica.Port} is a replica, and does not tell whose", error.Message, StringComparison.Ordinal);
    }

    public static TheoryData<string> OddReplies =>
        [
            "$-1\r\n",
            "*-1\r\n",
            "_\r\n",
            "*0\r\n",
            "%0\r\n",
            "+OK\r\n",
            ":5\r\n",
            "#t\r\n",
            "-ERR unknown command 'ASKED', with args beginning with:\r\n",
            "-ERR Command is not available\r\n",
            "-NOPERM this user has no permissions\r\n",
            "*1\r\n$1\r\na\r\n",
            "*2\r\n$1\r\na\r\n*0\r\n",
            "%1\r\n$1\r\na\r\n_\r\n",
            "%1\r\n$1\r\na\r\n-ERR inside\r\n",
        ];

    [Theory]
    [MemberData(nameof(OddReplies))]
    public async Task What_a_server_answers_oddly_it_does_not_tell(string odd)
    {
        await using var server = new FakeRedis((connection, _) => connection.SendAsync(odd)) { Role = odd };
        await using var client = await TestClient.ConnectAsync(server.Address);
        var node = client.MasterOf("k")!;

        var settings = await RedisSettings.ReadAsync(client, node, Cancellation);

        Assert.Equal(new RedisSettings("", null, RedisPersistence.Unknown), settings);
        Assert.Null(node.Replicas);
        Assert.Null(await RedisSettings.ConfigAsync(client, node, "appendfsync", Cancellation));
    }

    [Fact]
    public async Task A_managed_server_without_CONFIG_INFO_and_ROLE_works_and_one_line_says_what_is_not_known()
    {
        await using var server = await RedisProcess.StartAsync([
            "--rename-command",
            "CONFIG",
            "",
            "--rename-command",
            "INFO",
            "",
            "--rename-command",
            "ROLE",
            "",
        ]);
        using var log = new RecordingLog();
        await using var provider = new RedisTierProvider(RedisOptions.Parse(server.Address), loggers: log);
        await using var tier = provider.Create(TierServer.NewCache(), new TierOptions());

        await tier.InitializeAsync(Cancellation);
        await tier.WriteAsync(TierBed.Write("k", "v"), Cancellation);

        var line = Assert.Single(log.Lines);
        foreach (var unknown in new[] { "version", "maxmemory-policy", "replicas", "appendfsync", $"127.0.0.1:{server.Port}" })
        {
            Assert.Contains(unknown, line, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task A_right_that_a_script_lacks_is_told_as_such()
    {
        await using var server = await RedisProcess.StartAsync();
        await DenyAsync(server, "-xadd");
        await using var bed = new TierBed(server.Address);
        var tier = await bed.StartAsync(static options => options.Partitions = 1);
        var write = TierBed.Write("k", "v");

        var error = await Assert.ThrowsAsync<TierUnavailableException>(() => tier.WriteAsync(write, Cancellation).AsTask());
        Assert.Equal("Redis refused it (NOPERM): its user lacks a right.", error.Reason);
        Assert.Contains("Redis refuses writes", tier.Warning, StringComparison.Ordinal);
        foreach (var one in await tier.WriteManyAsync([write, TierBed.Write("l", "v")], Cancellation))
        {
            Assert.Equal(error.Reason, Assert.IsType<TierUnavailableException>(one.Error).Reason);
        }

        await server.CliAsync("ACL", "SETUSER", RedisProcess.User, "+xadd");
        await tier.WriteManyAsync([write, TierBed.Write("l", "v")], Cancellation);
        Assert.Null(tier.Warning);
    }

    [Theory]
    [InlineData("ERR The user executing the script can't run this command or subcommand script: 5, on @user_script:1.", "NOPERM")]
    [InlineData(
        "ERR ACL failure in script: User remanso has no permissions to run the 'xadd' command script: 5, on @user_script:1.",
        "NOPERM"
    )]
    [InlineData("ERR unknown command 'FOO'", "ERR")]
    [InlineData("NOPERM User remanso has no permissions to run the 'xadd' command", "NOPERM")]
    public void The_class_of_an_error_is_its_first_word_unless_it_is_of_a_right_within_a_script(string message, string code) =>
        Assert.Equal(code, new RedisServerException(message).Code);

    [Fact]
    public void What_was_refused_is_forgotten_where_nobody_writes_any_more_and_what_passes_by_itself_is_none()
    {
        var time = new ManualTimeProvider();
        var refusals = new WriteRefusals(4, time);
        foreach (var passing in (string[])["LOADING", "TRYAGAIN", "CLUSTERDOWN Hash slot not served", "FOREIGN k", "WRONGTYPE k"])
        {
            refusals.Note(0, new RedisServerException(passing));
        }

        Assert.Null(refusals.Warning);

        refusals.Note(1, new RedisServerException("CLUSTERDOWN The cluster is down and only accepts read commands"));
        refusals.Note(3, new RedisServerException("NOREPLICAS Not enough"));
        Assert.Contains("to 2 of 4 partitions the last one: CLUSTERDOWN", refusals.Warning, StringComparison.Ordinal);

        refusals.NoteWritten(1);
        Assert.EndsWith("to 1 of 4 partitions the last one: NOREPLICAS Not enough", refusals.Warning, StringComparison.Ordinal);
        time.Advance(TimeSpan.FromMinutes(1));
        Assert.Null(refusals.Warning);
    }

    private static Task DenyAsync(RedisProcess server, string denied) =>
        server.CliAsync(["ACL", "SETUSER", RedisProcess.User, .. denied.Split(' ')]);
}
