using System.Text;
using Microsoft.AspNetCore.Http;
using Remanso.Client.Tests.Support;

namespace Remanso.Client.Tests;

public sealed class BatchTests
{
    [Fact]
    public async Task A_value_as_deep_as_may_be_harms_no_other()
    {
        await using var api = await ApiHost.StartAsync();
        var deep = new string('[', 64) + new string(']', 64);
        await api.Cache.SetAsync("deep", Encoding.UTF8.GetBytes(deep), new() { ContentType = "application/json" });
        await api.Cache.SetTextAsync("k", "v");

        var read = await api.Cache.GetManyAsync(["deep", "k"]);

        Assert.Equal([deep, "v"], read.Select(static answer => Encoding.UTF8.GetString(answer.Value.Span)));
    }

    [Fact]
    public async Task Many_keys_are_written_and_read_each_for_itself()
    {
        await using var api = await ApiHost.StartAsync();
        api.Store.Put("row", "from the database", version: 5);
        await api.Cache.SetAsync("raw", new byte[] { 0, 255 });

        var written = await api.Cache.SetManyAsync(
            [
                BatchWrite.Text("a", "ä\"\u2028"),
                BatchWrite.Json("b", "{\"n\":1.50}"u8.ToArray()) with
                {
                    Tags = ["t"],
                },
                BatchWrite.Text("bad\n", "x"),
            ],
            new() { Durability = WriteDurability.Stored }
        );
        var read = await api.Cache.GetManyAsync(["a", "none", "b", "raw", "row", "bad\n"]);

        Assert.Equal([200, 200, 400], written.Select(static answer => answer.Status));
        Assert.Equal([true, true, false], written.Select(static answer => answer.IsAccepted));
        Assert.NotNull(written[2].Error);
        Assert.Equal([200, 404, 200, 200, 200, 400], read.Select(static answer => answer.Status));
        Assert.Equal(
            [SentValueKind.Text, SentValueKind.None, SentValueKind.Json, SentValueKind.Bytes, SentValueKind.Bytes, SentValueKind.None],
            read.Select(static answer => answer.Kind)
        );
        Assert.Equal("ä\"\u2028", Encoding.UTF8.GetString(read[0].Value.Span));
        Assert.Equal("{\"n\":1.50}", Encoding.UTF8.GetString(read[2].Value.Span));
        Assert.Equal([0, 255], read[3].Value.ToArray());
        Assert.Equal((true, 5, "from the database"), (read[4].IsLoaded, read[4].Version, Encoding.UTF8.GetString(read[4].Value.Span)));
        Assert.Equal(written[0].Version, read[0].Version);
        Assert.Equal(["t"], (await api.Cache.GetAsync("b")).Tags);
    }

    [Fact]
    public async Task A_JSON_text_that_is_no_Unicode_stays_JSON_and_harms_no_other_key()
    {
        await using var api = await ApiHost.StartAsync();
        await api.Cache.SetAsync("half", "\"\\ud83d\""u8.ToArray(), new() { ContentType = "application/json" });
        await api.Cache.SetTextAsync("k", "1");

        var read = await api.Cache.GetManyAsync(["half", "k"]);

        Assert.Equal([SentValueKind.Json, SentValueKind.Text], read.Select(static answer => answer.Kind));
        Assert.Equal("\"\\ud83d\"", Encoding.UTF8.GetString(read[0].Value.Span));
    }

    [Fact]
    public async Task More_keys_than_one_call_takes_are_read_in_several()
    {
        await using var api = await ApiHost.StartAsync();
        await api.Cache.SetTextAsync("k10000", "last");

        var read = await api.Cache.GetManyAsync(Enumerable.Range(0, 10_001).Select(static n => $"k{n}"));

        Assert.Equal(10_001, read.Count);
        Assert.True(read[^1].Found);
        Assert.Empty(await api.Cache.GetManyAsync([]));
    }

    [Fact]
    public async Task What_is_refused_has_the_code_that_a_call_for_it_alone_has()
    {
        await using var api = await ApiHost.StartAsync(static options =>
        {
            options.Tier.MaxDirtyEntries = 64;
            options.Flush.Interval = TimeSpan.FromHours(1);
        });
        var writes = Enumerable.Range(0, 5000).Select(static n => BatchWrite.Text($"k{n}", "v"));

        var written = await api.Cache.SetManyAsync([.. writes, BatchWrite.Text("bad\n", "x")]);
        var read = await api.Cache.GetManyAsync(["k0", "bad\n"]);

        var full = written.First(static answer => answer.Status == 503);
        Assert.Equal(("back-pressure", false, false), (full.Code, full.AcceptedDespiteError, full.IsAccepted));
        Assert.InRange(full.RetryAfter!.Value, TimeSpan.FromSeconds(1), TimeSpan.FromMinutes(1));
        Assert.Equal((400, "invalid-key", null), (written[^1].Status, written[^1].Code, written[^1].RetryAfter));
        Assert.Equal(
            (null, null, null, true),
            (written[0].Code, written[0].RetryAfter, written[0].AcceptedDespiteError, written[0].IsAccepted)
        );
        Assert.Equal([null, "invalid-key"], read.Select(static answer => answer.Code));
    }

    [Fact]
    public async Task An_entry_may_be_accepted_in_spite_of_its_error()
    {
        await using var api = await ScriptedApi.StartAsync(
            static (_, context) =>
                context.Response.WriteAsync(
                    """
                    [{"key":"late","status":504,"version":7,"type":"urn:remanso:problem:durability-not-reached","error":"e","accepted":true},
                     {"key":"lost","status":504,"version":7,"type":"urn:remanso:problem:durability-not-reached","error":"e","accepted":false},
                     {"key":"away","status":503,"type":"urn:remanso:problem:tier-unavailable","error":"e","retryAfter":1},
                     {"key":"old","status":503,"error":"of an older server"}]
                    """
                )
        );
        using var client = new RemansoClient(new RemansoClientOptions { BaseAddress = api.Address });

        var written = await client.Cache().SetManyAsync([BatchWrite.Text("k", "v")]);

        Assert.Equal([true, false, false, false], written.Select(static answer => answer.IsAccepted));
        Assert.Equal([true, false, null, null], written.Select(static answer => answer.AcceptedDespiteError));
        Assert.Equal(
            ["durability-not-reached", "durability-not-reached", "tier-unavailable", null],
            written.Select(static answer => answer.Code)
        );
        Assert.Equal([null, null, TimeSpan.FromSeconds(1), null], written.Select(static answer => answer.RetryAfter));
    }

    [Fact]
    public async Task What_cannot_be_read_has_its_code_and_when_to_come_again()
    {
        await using var api = await ScriptedApi.StartAsync(
            static (_, context) =>
                context.Response.WriteAsync(
                    """
                    [{"key":"k","status":200,"source":"cache","value":"v","version":7},
                     {"key":"away","status":503,"type":"urn:remanso:problem:store-unavailable","error":"e","retryAfter":2}]
                    """
                )
        );
        using var client = new RemansoClient(new RemansoClientOptions { BaseAddress = api.Address });

        var read = await client.Cache().GetManyAsync(["k", "away"]);

        Assert.Equal([null, "store-unavailable"], read.Select(static answer => answer.Code));
        Assert.Equal([null, TimeSpan.FromSeconds(2)], read.Select(static answer => answer.RetryAfter));
    }

    [Fact]
    public async Task An_idempotency_key_holds_for_each_entry_of_a_batch()
    {
        await using var api = await ApiHost.StartAsync();
        BatchWrite[] writes = [BatchWrite.Text("a", "1"), BatchWrite.Text("b", "1")];

        var first = await api.Cache.SetManyAsync(writes, new() { IdempotencyKey = "once" });
        var again = await api.Cache.SetManyAsync(writes, new() { IdempotencyKey = "once" });

        Assert.Equal(first.Select(static answer => answer.Version), again.Select(static answer => answer.Version));
    }

    [Fact]
    public async Task What_a_batch_does_not_take_is_named()
    {
        await using var api = await ApiHost.StartAsync();

        await Refuses("IfVersion", [], new() { IfVersion = 1 });
        await Refuses("Tags", [], new() { Tags = ["t"] });
        await Refuses("ContentType", [], new() { ContentType = "text/plain" });
        await Refuses("place 1", [BatchWrite.Text("a", "1"), BatchWrite.Json("b", "{"u8.ToArray())]);
        await Refuses("place 0", [BatchWrite.Json("b", default)]);
        await Refuses("half", [BatchWrite.Text("a", "\ud83d")]);
        await Refuses("10000", [.. Enumerable.Range(0, 10_001).Select(static n => BatchWrite.Text($"k{n}", "v"))]);

        async Task Refuses(string named, BatchWrite[] writes, EntryWriteOptions? options = null) =>
            Assert.Contains(
                named,
                (await Assert.ThrowsAnyAsync<ArgumentException>(() => api.Cache.SetManyAsync(writes, options))).Message,
                StringComparison.Ordinal
            );
    }
}
