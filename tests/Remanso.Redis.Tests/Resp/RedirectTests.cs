using System.Net;
using Remanso.Redis.Resp;
using Remanso.Redis.Tests.Servers;
using Xunit;

namespace Remanso.Redis.Tests.Resp;

/// <summary>Redirects as a scripted cluster gives them, one at a time.</summary>
public sealed class RedirectTests
{
    [Fact]
    public async Task A_moved_slot_is_followed_and_remembered()
    {
        await using var target = new FakeRedis((c, command) => c.SendAsync($"+target {command[1]}\r\n")) { Mode = "cluster" };
        target.OwnAllSlots();
        var redirects = 0;
        await using var source = new FakeRedis((_, _) => Task.CompletedTask) { Mode = "cluster" };
        source.OwnAllSlots();
        source.Answer = (c, command) =>
        {
            Interlocked.Increment(ref redirects);

            // Who has moved a slot says so to whoever asks: a look at the topology between the redirect and the resend must not lead back.
            source.Slots = target.Slots;
            return c.SendAsync($"-MOVED {HashSlot.Of(command[1])} 127.0.0.1:{target.Port}\r\n");
        };
        await using var client = await TestClient.ConnectAsync(source.Address);
        Assert.Equal("target k", await client.TextAsync("GET", "k"));
        Assert.Equal(1, redirects);
    }

    [Fact]
    public async Task The_nodes_of_a_cluster_may_be_at_IPv6_addresses()
    {
        await using var target = new FakeRedis((c, command) => c.SendAsync($"+target {command[1]}\r\n"), IPAddress.IPv6Loopback)
        {
            Mode = "cluster",
        };
        target.OwnAllSlots();
        await using var source = new FakeRedis((_, _) => Task.CompletedTask, IPAddress.IPv6Loopback) { Mode = "cluster" };
        source.OwnAllSlots();
        source.Answer = (c, command) =>
        {
            source.Slots = target.Slots;
            return c.SendAsync($"-MOVED {HashSlot.Of(command[1])} ::1:{target.Port}\r\n");
        };
        await using var client = await TestClient.ConnectAsync(source.Address);
        Assert.Equal(new RedisEndPoint("::1", source.Port), client.MasterOf("k")!.EndPoint);

        Assert.Equal("target k", await client.TextAsync("GET", "k"));

        await Until.TrueAsync(() => client.MasterOf("other")!.EndPoint == new RedisEndPoint("::1", target.Port), "it knows the new one");
    }

    [Fact]
    public async Task A_node_that_is_named_otherwise_than_it_announces_itself_keeps_its_connection()
    {
        await using var server = new FakeRedis(static (c, _) => c.SendAsync("+OK\r\n")) { Mode = "cluster" };
        server.OwnAllSlots();
        await using var client = await TestClient.ConnectAsync($"redis://redis.test:{server.Port}", static options =>
            options.Resolve = static (_, _) => Task.FromResult<IPAddress[]>([IPAddress.Loopback])
        );
        await Until.TrueAsync(() => client.Nodes.Count == 2 && client.Nodes.All(static node => node.IsConnected), "both are connected");
        var accepted = server.Accepted;

        for (var i = 0; i < 10; i++)
        {
            var before = server.TopologyAsked;
            client.RefreshTopology();
            await Until.TrueAsync(() => server.TopologyAsked > before, "the topology is asked for");
        }

        Assert.Equal(accepted, server.Accepted);
    }

    [Fact]
    public async Task Asking_goes_directly_before_its_command_on_the_same_connection_and_for_this_once()
    {
        var order = new List<string>();
        await using var target = new FakeRedis(
            (c, command) =>
            {
                lock (order)
                {
                    order.Add(string.Join(' ', command));
                }
                return c.SendAsync(command is ["ASKING"] ? "+OK\r\n" : $"+target {command[1]}\r\n");
            }
        )
        {
            Mode = "cluster",
        };
        await using var source = new FakeRedis(
            (c, command) =>
                c.SendAsync(
                    command[1].StartsWith("gone", StringComparison.Ordinal)
                        ? $"-ASK {HashSlot.Of(command[1])} 127.0.0.1:{target.Port}\r\n"
                        : $"+source {command[1]}\r\n"
                )
        )
        {
            Mode = "cluster",
        };
        source.OwnAllSlots();
        target.Slots = source.Slots;
        await using var client = await TestClient.ConnectAsync(source.Address);
        var replies = Enumerable.Range(0, 40).Select(i => client.TextAsync("GET", i % 2 == 0 ? $"gone{i}" : $"here{i}").AsTask()).ToList();
        await Task.WhenAll(replies);
        for (var i = 0; i < 40; i++)
        {
            Assert.Equal(i % 2 == 0 ? $"target gone{i}" : $"source here{i}", await replies[i]);
        }
        Assert.Equal(40, order.Count);
        Assert.All(order.Chunk(2), pair =>
        {
            Assert.Equal("ASKING", pair[0]);
            Assert.StartsWith("GET gone", pair[1], StringComparison.Ordinal);
        });
    }

    // As one that has just joined a cluster: it has no slots yet, and the first is on its way.
    [Fact]
    public async Task A_node_that_no_topology_names_yet_is_kept_while_it_owes_an_answer()
    {
        var (isAsked, answers) = (new TaskCompletionSource(), new TaskCompletionSource());
        await using var target = new FakeRedis(
            async (c, command) =>
            {
                if (command is ["GET", ..])
                {
                    isAsked.TrySetResult();
                    await answers.Task;
                }

                await c.SendAsync(command is ["ASKING"] ? "+OK\r\n" : $"+target {command[1]}\r\n");
            }
        )
        {
            Mode = "cluster",
        };
        await using var source = new FakeRedis((c, command) => c.SendAsync($"-ASK {HashSlot.Of(command[1])} 127.0.0.1:{target.Port}\r\n"))
        {
            Mode = "cluster",
        };
        source.OwnAllSlots();
        target.Slots = source.Slots;
        await using var client = await TestClient.ConnectAsync(source.Address);
        var reply = client.TextAsync("GET", "k").AsTask();
        await isAsked.Task;

        for (var i = 0; i < 4; i++)
        {
            var before = source.TopologyAsked;
            client.RefreshTopology();
            await Until.TrueAsync(() => source.TopologyAsked > before, "the topology is asked for");
        }

        answers.SetResult();

        Assert.Equal("target k", await reply);
    }

    [Theory]
    [InlineData("cluster")]
    [InlineData("standalone")]
    public async Task A_server_that_nobody_names_any_more_is_forgotten_though_it_answers_each_look_late(string mode)
    {
        await using var other = new FakeRedis(static (c, _) => c.SendAsync("+OK\r\n"))
        {
            Mode = mode,
            Delay = TimeSpan.FromMilliseconds(150),
        };
        // Late enough for the other one to have been asked.
        await using var master = new FakeRedis(static (c, _) => c.SendAsync("+OK\r\n"))
        {
            Mode = mode,
            Delay = TimeSpan.FromMilliseconds(50),
        };
        master.Name(other);
        await using var client = await TestClient.ConnectAsync(master.Address);
        await Until.TrueAsync(
            () =>
            {
                client.RefreshTopology();
                return client.Nodes.Count == 2 && client.Nodes.All(static node => node.IsConnected);
            },
            "both are connected"
        );

        master.Name(null);

        for (var i = 0; i < 5; i++)
        {
            var before = master.TopologyAsked;
            client.RefreshTopology();
            await Until.TrueAsync(() => master.TopologyAsked > before, "the topology is asked for");
        }

        Assert.Single(client.Nodes);
    }

    [Theory]
    [InlineData("ASK")]
    [InlineData("MOVED")]
    public async Task A_wait_at_a_chosen_server_is_confirmed_by_no_other(string redirect)
    {
        var strays = 0;
        await using var target = new FakeRedis(
            (c, command) =>
            {
                Interlocked.Increment(ref strays);
                return c.SendAsync(command is ["WAIT", ..] ? ":1\r\n" : "+OK\r\n");
            }
        )
        {
            Mode = "cluster",
        };
        var asked = 0;
        await using var source = new FakeRedis(
            (c, command) =>
            {
                if (command is ["WAIT", ..])
                {
                    return c.SendAsync(":0\r\n");
                }

                Interlocked.Increment(ref asked);
                return c.SendAsync($"-{redirect} {HashSlot.Of(command[1])} 127.0.0.1:{target.Port}\r\n");
            }
        )
        {
            Mode = "cluster",
        };
        source.OwnAllSlots();
        target.Slots = source.Slots;
        await using var client = await TestClient.ConnectAsync(source.Address);

        var error = await Assert.ThrowsAsync<RedisServerException>(() =>
            client.ExecuteWithWaitAsync(
                RedisRoute.To(client.MasterOf("k")!),
                Replies.Done,
                new WaitFor(1, TimeSpan.FromSeconds(1)),
                null,
                TestContext.Current.CancellationToken,
                "SET",
                "k",
                1
            )
        );

        Assert.Equal((redirect, 1, 0), (error.Code, asked, strays));
    }

    [Fact]
    public async Task A_cluster_node_that_is_cut_off_does_not_speak_for_the_others()
    {
        await using var serving = new FakeRedis((c, _) => c.SendAsync("+served\r\n"))
        {
            Mode = "cluster",
            Delay = TimeSpan.FromMilliseconds(50),
        };
        serving.OwnAllSlots();
        var refused = 0;
        await using var cutOff = new FakeRedis(
            (c, _) =>
            {
                Interlocked.Increment(ref refused);
                return c.SendAsync("-CLUSTERDOWN The cluster is down\r\n");
            }
        )
        {
            Mode = "cluster",
        };
        cutOff.OwnAllSlots();
        await using var client = await TestClient.ConnectAsync($"redis://127.0.0.1:{cutOff.Port},127.0.0.1:{serving.Port}");
        await Until.TrueAsync(
            async () =>
            {
                client.RefreshTopology();
                await Task.WhenAny(client.TextAsync("GET", "k").AsTask());
                return refused > 0;
            },
            "it is asked"
        );
        await Until.TrueAsync(
            async () =>
            {
                try
                {
                    return await client.TextAsync("GET", "k") == "served";
                }
                catch (RedisServerException)
                {
                    return false;
                }
            },
            "the one that serves is found"
        );
        refused = 0;

        // Whatever is asked meanwhile, the other one is nearer.
        for (var i = 0; i < 10; i++)
        {
            var before = serving.TopologyAsked;
            await Until.TrueAsync(
                async () =>
                {
                    client.RefreshTopology();
                    Assert.Equal("served", await client.TextAsync("GET", "k"));
                    return serving.TopologyAsked > before;
                },
                "the topology is asked for"
            );
        }

        Assert.Equal(0, refused);
    }

    [Fact]
    public async Task Servers_that_send_each_other_the_command_for_ever_are_given_up()
    {
        await using var server = new FakeRedis((c, command) => Task.CompletedTask) { Mode = "cluster" };
        server.Answer = (c, command) => c.SendAsync($"-MOVED {HashSlot.Of(command[1])} 127.0.0.1:{server.Port}\r\n");
        server.OwnAllSlots();
        await using var client = await TestClient.ConnectAsync(server.Address);
        var error = await Assert.ThrowsAsync<RedisServerException>(() => client.TextAsync("GET", "k").AsTask());
        Assert.Equal("MOVED", error.Code);
        Assert.True(error.IsTransient);
    }

    [Theory]
    [InlineData("LOADING")]
    [InlineData("BUSY")]
    [InlineData("TRYAGAIN")]
    [InlineData("CLUSTERDOWN")]
    [InlineData("MASTERDOWN")]
    public async Task Errors_that_pass_are_told_from_those_that_do_not(string code)
    {
        await using var server = new FakeRedis((c, _) => c.SendAsync($"-{code} for a while\r\n"));
        await using var client = await TestClient.ConnectAsync(server.Address);
        var error = await Assert.ThrowsAsync<RedisServerException>(() => client.TextAsync("GET", "k").AsTask());
        Assert.Equal(code, error.Code);
        Assert.True(error.IsTransient);
    }

    [Theory]
    [InlineData("MOVED 3999 127.0.0.1:6381", true, 3999, "127.0.0.1", 6381)]
    [InlineData("ASK 1 host.name:7", false, 1, "host.name", 7)]
    [InlineData("MOVED 1 ::1:7", true, 1, "::1", 7)]
    [InlineData("MOVED 1 :7", true, 1, "asked", 7)]
    public void A_redirect_is_read(string message, bool isMoved, int slot, string host, int port)
    {
        Assert.True(Redirect.TryParse(message, new("asked", 1), out var redirect));
        Assert.Equal(new(isMoved, slot, new(host, port)), redirect);
    }

    [Theory]
    [InlineData("MOVED")]
    [InlineData("MOVED 1")]
    [InlineData("MOVED 16384 h:1")]
    [InlineData("MOVED -1 h:1")]
    [InlineData("MOVED 1 h:x")]
    [InlineData("MOVED 1 h")]
    [InlineData("ERR 1 h:1")]
    public void What_is_no_redirect_is_not_taken_for_one(string message) => Assert.False(Redirect.TryParse(message, default, out _));
}
