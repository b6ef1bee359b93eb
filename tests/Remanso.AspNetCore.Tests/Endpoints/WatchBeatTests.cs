using System.Globalization;
using System.Security.Claims;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Remanso.AspNetCore.Endpoints;
using Remanso.AspNetCore.Http;
using Remanso.AspNetCore.Http.Limits;
using Remanso.AspNetCore.Security;
using Remanso.AspNetCore.Security.Guards;
using Remanso.AspNetCore.Security.Keys;
using Remanso.AspNetCore.Tests.Support;
using Remanso.Testing;

namespace Remanso.AspNetCore.Tests.Endpoints;

/// <summary>A watch whose client is there, and from some moment on reads nothing more.</summary>
public sealed class WatchBeatTests
{
    private static readonly TimeSpan _beat = TimeSpan.FromSeconds(15);
    private static readonly TimeSpan _timeout = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan _moment = TimeSpan.FromMilliseconds(1);

    [Theory]
    [InlineData(true, false)]
    [InlineData(true, true)]
    [InlineData(false, false)]
    [InlineData(false, true)]
    public async Task A_key_that_is_over_hears_no_more_from_the_next_beat_or_change_on(bool revoked, bool byChange)
    {
        await using var quiet = await QuietWatch.BeginAsync(revoked ? null : TimeSpan.FromSeconds(20));
        var (time, answer) = (quiet.Time, quiet.Answer);

        // The ring's look, and the beat.
        await time.WaitForTimersAsync(2);
        time.Advance(_beat);
        await time.WaitForTimersAsync(2);
        Assert.EndsWith("\n\n:\n\n", answer.Text, StringComparison.Ordinal);
        var heard = answer.Text;
        if (revoked)
        {
            quiet.Revoke();
        }

        time.Advance(TimeSpan.FromSeconds(5));
        if (byChange)
        {
            await quiet.Cache.SetAsync("k", "2"u8.ToArray());
        }
        else
        {
            time.Advance(_beat);
        }

        await quiet.Ended.WaitAsync(TimeSpan.FromSeconds(10), TimeProvider.System, TestContext.Current.CancellationToken);
        Assert.Equal(heard, answer.Text);
        Assert.False(answer.IsAborted);
    }

    [Fact]
    public async Task A_caller_who_may_hear_nothing_of_what_changes_gets_its_beat_and_a_position()
    {
        var time = new ManualTimeProvider();
        await using var provider = ProviderOf(time);
        Assert.True(provider.GetRequiredService<ICacheRegistry>().TryGet<string, ReadOnlyMemory<byte>>("prices", out var prices));
        using var leave = new CancellationTokenSource();
        var answer = new UnreadAnswer(provider) { IsRead = true, RequestAborted = leave.Token };
        answer.Context.Request.Method = "GET";
        answer.Context.Features.Set(new RemansoAccess("app", [new RemansoGrant(RemansoScopes.Read, ["*"], "a:")]));
        await using var others = prices.WatchAsync(new(), leave.Token).GetAsyncEnumerator(leave.Token);
        Assert.True(await others.MoveNextAsync());

        var watch = WatchEndpoint.InvokeAsync(answer.Context, new CacheContext(prices, maxValueBytes: 1 << 10));
        List<string> unheard = [];
        while (!answer.Text.Contains("event: position", StringComparison.Ordinal))
        {
            Assert.True(unheard.Count < 1000, "No beat came.");
            await prices.SetAsync("b:1", "1"u8.ToArray());
            Assert.True(await others.MoveNextAsync());
            unheard.Add($"{others.Current.Position}");
            await time.WaitForTimersAsync(1);
            time.Advance(_beat - TimeSpan.FromSeconds(5));
        }

        Assert.Contains(unheard, id => answer.Text.Contains($"id: {id}\nevent: position\ndata: {{}}\n\n", StringComparison.Ordinal));
        await prices.SetAsync("a:1", "1"u8.ToArray());
        await answer.WaitForAsync("\"key\":\"a:1\"");
        await leave.CancelAsync();
        await watch.WaitAsync(TimeSpan.FromSeconds(10), TimeProvider.System, TestContext.Current.CancellationToken);
        Assert.DoesNotContain("b:1", answer.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_tag_is_named_to_whoever_may_read_every_key_alone()
    {
        var time = new ManualTimeProvider();
        await using var provider = ProviderOf(time);
        Assert.True(provider.GetRequiredService<ICacheRegistry>().TryGet<string, ReadOnlyMemory<byte>>("prices", out var prices));
        using var leave = new CancellationTokenSource();
        foreach (var (prefix, data) in ((string?, string)[])[("a:", "{}"), (null, "{\"tag\":\"team:7\"}")])
        {
            var answer = new UnreadAnswer(provider) { IsRead = true, RequestAborted = leave.Token };
            answer.Context.Request.Method = "GET";
            answer.Context.Features.Set(new RemansoAccess("app", [new RemansoGrant(RemansoScopes.Read, ["*"], prefix)]));
            _ = WatchEndpoint.InvokeAsync(answer.Context, new CacheContext(prices, maxValueBytes: 1 << 10));
            await answer.WaitForAsync("begun");

            await prices.RemoveByTagAsync("team:7");

            await answer.WaitForAsync($"event: tag-invalidated\ndata: {data}\n\n");
        }

        await leave.CancelAsync();
    }

    [Fact]
    public async Task Watches_leave_half_of_the_requests_under_way_to_others()
    {
        var time = new ManualTimeProvider();
        using var all = new LastingAnswers(new RemansoSecurityOptions { MaxRequests = 3 });
        await using var provider = ProviderOf(time, all);
        Assert.True(provider.GetRequiredService<ICacheRegistry>().TryGet<string, ReadOnlyMemory<byte>>("prices", out var prices));
        for (var i = 0; i < 2; i++)
        {
            using var leave = new CancellationTokenSource();
            var answer = new UnreadAnswer(provider) { IsRead = true, RequestAborted = leave.Token };
            answer.Context.Request.Method = "GET";
            answer.Context.Features.Set(RemansoAccess.Everything);

            var first = WatchEndpoint.InvokeAsync(answer.Context, new CacheContext(prices, maxValueBytes: 1 << 10));
            var second = WatchEndpoint.InvokeAsync(answer.Context, new CacheContext(prices, maxValueBytes: 1 << 10));

            Assert.Equal(
                "busy",
                (await Assert.ThrowsAsync<ProblemException>(() => second.WaitAsync(TimeSpan.FromSeconds(10), TimeProvider.System)))
                    .Problem
                    .Name
            );
            await leave.CancelAsync();
            await first.WaitAsync(TimeSpan.FromSeconds(10), TimeProvider.System, TestContext.Current.CancellationToken);
        }
    }

    [Theory]
    [InlineData("Bearer a.b.c", null, 29, true)]
    [InlineData("Bearer a.b.c", null, 30, false)]
    [InlineData("Bearer a.b.c", "rmk_beside", 30, false)]
    [InlineData(null, null, 30, true)]
    public void A_token_that_was_shown_ends_what_it_opened_at_its_end_and_the_difference_of_clocks(
        string? header,
        string? key,
        int secondsLater,
        bool goesOn
    )
    {
        var time = new ManualTimeProvider();
        var end = time.GetUtcNow().ToUnixTimeSeconds();
        var context = new DefaultHttpContext
        {
            User = new ClaimsPrincipal(new ClaimsIdentity([new Claim("exp", end.ToString(CultureInfo.InvariantCulture))], "token")),
        };
        context.Request.Headers.Authorization = header;
        context.Request.Headers["X-Api-Key"] = key;
        context.Features.Set(RemansoAccess.Everything);

        time.Advance(TimeSpan.FromSeconds(secondsLater));

        Assert.Equal(goesOn, LastingAccess.Of(context, time) is not null);
    }

    [Fact]
    public async Task A_client_that_takes_no_beat_is_cut_off_and_its_watch_ends()
    {
        var time = new ManualTimeProvider();
        await using var provider = ProviderOf(time);
        Assert.True(provider.GetRequiredService<ICacheRegistry>().TryGet<string, ReadOnlyMemory<byte>>("prices", out var prices));
        var cache = new CacheContext(prices, maxValueBytes: 1 << 10);
        var answer = new UnreadAnswer(provider) { IsRead = true };
        answer.Context.Request.Method = "GET";
        answer.Context.Features.Set(RemansoAccess.Everything);

        var watch = WatchEndpoint.InvokeAsync(answer.Context, cache);
        await answer.WaitForAsync("{\"gap\":\"begun\"}\n\n");

        // Nothing changes: the client is asked for a sign of life, takes one, and then none. What was sent can be read a
        // moment before the beat is counted from it: where time moved in between, the beat comes one later.
        for (var i = 0; i < 2 && !answer.Text.EndsWith(":\n\n", StringComparison.Ordinal); i++)
        {
            await time.WaitForTimersAsync(1);
            time.Advance(_beat);
            await time.WaitForTimersAsync(1);
        }

        Assert.EndsWith("}\n\n:\n\n", answer.Text, StringComparison.Ordinal);
        answer.IsRead = false;
        time.Advance(_beat);
        await time.WaitForTimersAsync(1);
        time.Advance(_timeout - _moment);
        Assert.False(watch.IsCompleted || answer.IsAborted);
        time.Advance(_moment);

        await watch.WaitAsync(TimeSpan.FromSeconds(10), TimeProvider.System, TestContext.Current.CancellationToken);
        Assert.True(answer.IsAborted);
        Assert.Equal(0, time.ArmedTimers);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Who_comes_back_to_keys_that_nobody_changed_gets_its_beats_and_is_cut_off_or_ended_by_them(bool revoked)
    {
        await using var quiet = await QuietWatch.BeginAsync(lifetime: null);
        var (time, answer) = (quiet.Time, quiet.Answer);

        // The ring's look, and the beat.
        await time.WaitForTimersAsync(2);
        Assert.Equal("retry: 1000\n\n", answer.Text);
        time.Advance(_beat);
        await answer.WaitForAsync("\n\n:\n\n");
        var heard = answer.Text;
        await time.WaitForTimersAsync(2);
        answer.IsRead = false;
        if (revoked)
        {
            quiet.Revoke();
        }

        time.Advance(_beat);
        if (!revoked)
        {
            await time.WaitForTimersAsync(2);
            time.Advance(_timeout);
        }

        await quiet.Ended.WaitAsync(TimeSpan.FromSeconds(10), TimeProvider.System, TestContext.Current.CancellationToken);
        Assert.Equal((heard, !revoked), (answer.Text, answer.IsAborted));
    }

    private static ServiceProvider ProviderOf(TimeProvider time, params object[] others)
    {
        var services = new ServiceCollection();
        services.AddLogging();
        services.AddRemanso().WithoutStore().AddCache<string, ReadOnlyMemory<byte>>("prices");
        services.AddSingleton(new TransferLimits(new ByteBudget(1 << 20, time), _timeout, time));
        foreach (var other in others)
        {
            services.AddSingleton(other.GetType(), other);
        }

        return services.BuildServiceProvider();
    }

    /// <summary>A watch with a key, from where another one is: it hears nothing but beats.</summary>
    private sealed class QuietWatch : IAsyncDisposable
    {
        private readonly TemporaryFolder _folder = new();
        private readonly RemansoKeyFile _file;
        private readonly string _key;
        private readonly KeyRing _ring;
        private readonly ServiceProvider _provider;

        private QuietWatch(TimeSpan? lifetime)
        {
            _file = new RemansoKeyFile(_folder.File("keys.json"), Time);
            _key = _file.Create("app", new RemansoGrant(RemansoScopes.Read, ["*"]), lifetime).Key.Id;
            _ring = new KeyRing(_file, Time, NullLogger<KeyRing>.Instance);
            _provider = ProviderOf(Time, _ring);
            Assert.True(_provider.GetRequiredService<ICacheRegistry>().TryGet<string, ReadOnlyMemory<byte>>("prices", out var cache));
            Cache = cache;
            Answer = new UnreadAnswer(_provider) { IsRead = true };
        }

        public ManualTimeProvider Time { get; } = new();

        public ICache<string, ReadOnlyMemory<byte>> Cache { get; }

        public UnreadAnswer Answer { get; }

        public Task Ended { get; private set; } = Task.CompletedTask;

        public static async Task<QuietWatch> BeginAsync(TimeSpan? lifetime)
        {
            var quiet = new QuietWatch(lifetime);
            await using var others = quiet.Cache.WatchAsync(new(), TestContext.Current.CancellationToken).GetAsyncEnumerator();
            Assert.True(await others.MoveNextAsync());
            var context = quiet.Answer.Context;
            context.Request.Method = "GET";
            context.Request.Headers["Last-Event-ID"] = others.Current.Position.ToString();
            context.User = quiet._ring.FindById(quiet._key)!.Principal;
            context.Features.Set(quiet._ring.FindById(quiet._key)!.Access);
            quiet.Ended = WatchEndpoint.InvokeAsync(context, new CacheContext(quiet.Cache, maxValueBytes: 1 << 10));
            return quiet;
        }

        public void Revoke() => _file.Revoke(_key);

        public async ValueTask DisposeAsync()
        {
            await _provider.DisposeAsync();
            _ring.Dispose();
            _folder.Dispose();
        }
    }
}
