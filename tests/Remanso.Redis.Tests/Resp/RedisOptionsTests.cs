using Xunit;

namespace Remanso.Redis.Tests.Resp;

public sealed class RedisOptionsTests
{
    [Fact]
    public void An_address_names_user_password_hosts_and_database()
    {
        var options = RedisOptions.Parse("rediss://us%40er:p%2Fa%3Ass@one:7001,two,[::1]:7003/5");
        Assert.Equal("us@er", options.User);
        Assert.Equal("p/a:ss", options.Password);
        Assert.Equal(5, options.Database);
        Assert.NotNull(options.Tls);
        Assert.Equal([new("one", 7001), new("two", 6379), new("::1", 7003)], options.EndPoints);
        options.Validate();
    }

    [Fact]
    public void An_address_names_sentinels_and_the_master_that_they_watch_over()
    {
        var options = RedisOptions.Parse(
            "rediss+sentinel://us:p%2Fa@one,two:7002/pool%20a/5?prefix=shop&sentinelUser=asker&sentinelPassword=s%26t"
        );
        Assert.Equal([new("one", 26379), new("two", 7002)], options.EndPoints);
        Assert.Equal(("us", "p/a", 5, "shop"), (options.User, options.Password, options.Database, options.Prefix));
        Assert.Equal(("pool a", "asker", "s&t"), (options.Sentinel!.MasterName, options.Sentinel.User, options.Sentinel.Password));
        Assert.NotNull(options.Tls);
        options.Sentinel.MasterName = "pool";
        options.Validate();
        Assert.Equal("rediss+sentinel://us:***@one:26379,two:7002/pool/5?prefix=shop", options.ToString());
    }

    [Theory]
    [InlineData(nameof(RedisTimings.ConnectTimeout))]
    [InlineData(nameof(RedisTimings.CommandTimeout))]
    [InlineData(nameof(RedisTimings.ReconnectDelay))]
    [InlineData(nameof(RedisTimings.LongestReconnectDelay))]
    [InlineData(nameof(RedisTimings.TopologyRefresh))]
    public void What_no_timer_can_wait_for_is_refused_by_its_name(string timing)
    {
        var options = RedisOptions.Parse("redis://localhost");
        var property = typeof(RedisTimings).GetProperty(timing)!;
        property.SetValue(options.Timings, TimeSpan.FromDays(1));
        if (timing == nameof(RedisTimings.ReconnectDelay))
        {
            options.Timings.LongestReconnectDelay = TimeSpan.FromDays(1);
        }

        options.Validate();
        property.SetValue(options.Timings, TimeSpan.MaxValue);
        Assert.Contains(timing, Assert.Throws<ArgumentException>(options.Validate).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_least_address_is_a_host()
    {
        var options = RedisOptions.Parse("redis://localhost");
        Assert.Equal((null, null, 0, null), (options.User, options.Password, options.Database, options.Tls));
        Assert.Equal([new("localhost", 6379)], options.EndPoints);
    }

    [Fact]
    public void A_password_alone_belongs_to_the_default_user()
    {
        var options = RedisOptions.Parse("redis://:s3cret@localhost/");
        Assert.Null(options.User);
        Assert.Equal("s3cret", options.Password);
    }

    [Fact]
    public void An_address_is_shown_without_its_password() =>
        Assert.Equal("redis://user:***@localhost:6379/2", RedisOptions.Parse("redis://user:s3cret@localhost/2").ToString());

    [Theory]
    [InlineData("http://h", "redis://")]
    [InlineData("localhost:6379", "redis://")]
    [InlineData("redis://", "host")]
    [InlineData("redis://a,,b", "host")]
    [InlineData("redis://h:0", "port")]
    [InlineData("redis://h:65536", "port")]
    [InlineData("redis://h:x", "port")]
    [InlineData("redis://h:", "port")]
    [InlineData("redis://[::1", "bracket")]
    [InlineData("redis://[::1]x", "port")]
    [InlineData("redis://h/x", "database")]
    [InlineData("redis://h/-1", "database")]
    [InlineData("redis://h/1/2", "database")]
    [InlineData("redis://h?x=1", "query")]
    [InlineData("redis://s3cret@h", "password")]
    [InlineData("redis://u:s3cret%@h", "password")]
    [InlineData("redis://u:s3cret%zz@h", "password")]
    [InlineData("redis://u%4:s3cret@h", "user")]
    [InlineData("redis://u:s3cret@h:x", "port")]
    [InlineData("redis+sentinel://u:s3cret@h", "master")]
    [InlineData("redis+sentinel://u:s3cret@h/", "master")]
    [InlineData("redis+sentinel://h/m/x", "database")]
    [InlineData("redis+sentinel://h/m?sentinelPassword=s3cret%", "sentinels' password")]
    [InlineData("redis+sentinel://h/m?sentinelpass=s3cret", "sentinelPassword")]
    [InlineData("redis://h?sentinelPassword=s3cret", "prefix")]
    public void What_is_wrong_is_named_and_no_secret_shown(string address, string named)
    {
        var error = Assert.Throws<FormatException>(() => RedisOptions.Parse(address));
        Assert.Contains(named, error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("s3cret", error.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void A_wrong_setting_is_named()
    {
        var options = RedisOptions.Parse("redis://h");
        options.Limits.MaxOutstandingCommands = 1;
        var error = Assert.Throws<ArgumentException>(options.Validate);
        Assert.Contains(nameof(options.Limits.MaxOutstandingCommands), error.Message, StringComparison.Ordinal);
    }
}
