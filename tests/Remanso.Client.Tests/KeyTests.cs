using Remanso.Client.Tests.Support;

namespace Remanso.Client.Tests;

/// <summary>A key reaches the server as it is, whatever it has, in every call.</summary>
public sealed class KeyTests
{
    public static TheoryData<string> Keys =>
        [
            "user:42",
            "a/b",
            "a%2Fb",
            "%",
            "a%252Fb",
            "/",
            "//",
            "a//b/",
            ".",
            "..",
            "../..",
            "a/../b",
            "a/./b",
            "..%2F",
            "x/increment",
            "increment",
            "a b+c",
            "a?b#c&d=e",
            "\\",
            "a\\..\\b",
            "ção",
            "日本/語",
            "😀",
            "\ufeff",
            "'\"<>",
            "a;b=c",
            "~!*()",
            new string('k', 1024),
        ];

    [Theory]
    [MemberData(nameof(Keys))]
    public async Task A_key_is_the_same_in_every_call(string key)
    {
        await using var api = await ApiHost.StartAsync();
        var written = await api.Cache.SetTextAsync(key, "v", new() { Durability = WriteDurability.Stored });

        Assert.Equal("v", api.Store.Text(key));
        Assert.Equal(["v"], api.Store.Rows.Select(row => api.Store.Text(row.Key)));
        Assert.Equal(written.Version, (await api.Cache.GetAsync(key)).Version);
        Assert.Equal(key, Assert.Single(await api.Cache.GetManyAsync([key])).Key);
        Assert.True(Assert.Single(await api.Cache.SetManyAsync([BatchWrite.Text(key, "w")])).IsAccepted);
        Assert.Equal("w", (await api.Cache.GetAsync(key)).GetText());
        await api.Cache.InvalidateAsync([key]);
        await api.Cache.ExpireAsync([key]);
        Assert.Equal(1, (await api.Cache.PreloadAsync([key])).Keys);
        await api.Cache.DeleteAsync(key);
        Assert.Equal(7, (await api.Cache.IncrementAsync(key, 7)).Value);

        await using var events = api.Cache.WatchAsync(new() { Keys = [key] }).GetAsyncEnumerator(TestContext.Current.CancellationToken);
        Assert.True(await events.MoveNextAsync());
        await api.Cache.DeleteAsync(key);
        Assert.True(await events.MoveNextAsync());
        Assert.Equal((WatchEventKind.Removed, key), (events.Current.Kind, events.Current.Key));
        Assert.Null(await api.Cache.DeadLetters.FindAsync(key));
    }

    // An attribute can't hold half a character either.
    [Fact]
    public async Task What_no_key_can_be_is_refused_before_it_is_sent()
    {
        await using var api = await ApiHost.StartAsync();
        foreach (var key in new[] { "", "a\ud83d", "\ude00a" })
        {
            await IsRefusedAsync(api, key);
        }
    }

    [Theory]
    [InlineData("a\nb")]
    [InlineData("\u0080")]
    public async Task A_key_with_control_characters_is_refused_by_the_server(string key)
    {
        await using var api = await ApiHost.StartAsync();

        Assert.Equal("invalid-key", (await Assert.ThrowsAsync<RemansoApiException>(() => api.Cache.GetAsync(key))).Code);
        Assert.Equal(
            "invalid-key",
            (await Assert.ThrowsAsync<RemansoApiException>(() => api.Cache.SetTextAsync(new string('k', 1025), "v"))).Code
        );
        Assert.Equal(400, Assert.Single(await api.Cache.GetManyAsync([key])).Status);
    }

    private static async Task IsRefusedAsync(ApiHost api, string key)
    {
        foreach (
            var call in new Func<Task>[]
            {
                () => api.Cache.GetAsync(key),
                () => api.Cache.SetTextAsync(key, "v"),
                () => api.Cache.DeleteAsync(key),
                () => api.Cache.IncrementAsync(key),
                () => api.Cache.GetManyAsync([key]),
                () => api.Cache.SetManyAsync([BatchWrite.Text(key, "v")]),
                () => api.Cache.InvalidateAsync([key]),
                () => api.Cache.ExpireAsync([key]),
                () => api.Cache.PreloadAsync([key]),
                () => api.Cache.DeadLetters.FindAsync(key),
                () => api.Cache.DeadLetters.CorrectAsync(key, default),
                () => api.Cache.DeadLetters.DropAsync([key]),
            }
        )
        {
            Assert.Equal("key", (await Assert.ThrowsAnyAsync<ArgumentException>(call)).ParamName);
        }

        Assert.Throws<ArgumentException>(() =>
            api.Cache.WatchAsync(new() { Keys = [key] }).GetAsyncEnumerator(TestContext.Current.CancellationToken)
        );
    }
}
