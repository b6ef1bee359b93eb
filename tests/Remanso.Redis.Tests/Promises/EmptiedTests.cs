using Remanso.Conformance.Support;
using Remanso.Conformance.Tiers;
using Remanso.Redis.Tests.Tier;
using Remanso.Tiers;
using Xunit;

namespace Remanso.Redis.Tests.Promises;

/// <summary>Redis is emptied behind our back, and nothing that is left there tells of what was dirty.</summary>
public sealed class EmptiedTests : IAsyncLifetime
{
    private const int Dirty = 20;
    private const int Partitions = 4;

    private readonly RecordingLog _log = new();
    private RedisProcess _server = null!;
    private TierBed _bed = null!;
    private ICacheTier _writer = null!;
    private ICacheTier _worker = null!;

    [Theory]
    [InlineData("FLUSHALL", "writer")]
    [InlineData("FLUSHALL", "worker")]
    [InlineData("FLUSHALL", "leases")]
    [InlineData("FLUSHALL", "stranger")]
    [InlineData("prefix", "writer")]
    [InlineData("prefix", "worker")]
    [InlineData("empty restart", "worker")]
    public async Task What_was_dirty_is_told_once_whoever_comes_first(string how, string first)
    {
        await WriteAsync();
        await LookAsync();

        await EmptyAsync(how);
        switch (first)
        {
            case "writer":
                await WriteNewAsync();
                break;
            case "worker":
                await _worker.DirtyAsync();
                break;
            case "leases":
                await _worker.AcquirePartitionsAsync("w", [0, 1, 2, 3], TimeSpan.FromMinutes(1), CancellationToken.None);
                break;
            default:
                await _bed.StartAsync();
                break;
        }
        await LookAsync();

        Assert.Equal(Dirty, _writer.Vanished + _worker.Vanished);
        Assert.Equal(Dirty, Told());
        await LookAsync();
        await _writer.WriteAsync("later", "v");
        await LookAsync();
        await _worker.FlushAsync();
        await LookAsync();
        Assert.Equal(Dirty, _writer.Vanished + _worker.Vanished);
    }

    [Theory]
    [InlineData("new", false)]
    [InlineData("k0", false)]
    [InlineData("k0", true)]
    public async Task What_only_the_writer_knows_is_told(string first, bool isOneOfMany)
    {
        // Of a partition that had nothing, and of one that had half of them.
        await WriteAsync();

        await EmptyAsync("FLUSHALL");
        if (isOneOfMany)
        {
            await _writer.WriteManyAsync([WriteOf(first), WriteOf("k1")], CancellationToken.None);
        }
        else
        {
            await _writer.WriteAsync(first, "v");
        }

        await LookAsync();

        Assert.Equal(Dirty, _writer.Vanished + _worker.Vanished);
    }

    [Fact]
    public async Task A_partition_that_is_gone_is_told_while_the_others_stay()
    {
        await WriteAsync();
        await LookAsync();
        var there = (await _worker.GetDirtyAsync([0], CancellationToken.None)).Entries;

        await DeleteAsync(_bed.Name(0, "*"));
        await LookAsync();

        Assert.Equal(there, _writer.Vanished + _worker.Vanished);
        Assert.Equal(Dirty - there, (await _worker.GetDirtyAsync(CancellationToken.None)).Entries);
    }

    [Theory]
    [InlineData("FLUSHALL")]
    [InlineData("empty restart")]
    public async Task Nothing_is_told_where_nothing_was_dirty(string how)
    {
        // Not of those who have just come.
        await LookAsync();
        await WriteAsync();
        await _worker.FlushAsync();
        await LookAsync();

        await EmptyAsync(how);
        // Stated anew by one, and written to, before the other looks.
        await WriteNewAsync();
        await LookAsync();
        await LookAsync();

        Assert.Equal(0, _writer.Vanished + _worker.Vanished);
        Assert.Equal(0, Told());
        Assert.Equal(1, (await _worker.GetDirtyAsync(CancellationToken.None)).Entries);
    }

    public async ValueTask InitializeAsync()
    {
        _server = await RedisProcess.StartAsync();
        _bed = new TierBed(_server.Address, log: _log);
        _writer = await _bed.StartAsync(static options => options.Partitions = Partitions);
        _worker = await _bed.StartAsync(static options => options.Partitions = Partitions);
    }

    public async ValueTask DisposeAsync()
    {
        await _bed.DisposeAsync();
        await _server.DisposeAsync();
    }

    private static TierWrite WriteOf(string key) => new() { Key = key, Value = "v"u8.ToArray() };

    private Task WriteNewAsync() => AgainAsync(() => _writer.WriteAsync("new", "v"));

    /// <summary>As callers do: a server that was killed or restarted has ended the connection, which a first try may find out.</summary>
    private static Task AgainAsync(Func<Task> call) =>
        Until.TrueAsync(
            async () =>
            {
                try
                {
                    await call();
                    return true;
                }
                catch (TierUnavailableException)
                {
                    return false;
                }
            },
            "it is answered"
        );

    private async Task WriteAsync()
    {
        for (var i = 0; i < Dirty; i++)
        {
            await _writer.WriteAsync($"k{i}", "v");
        }
    }

    /// <summary>Both look twice: what is stated anew by one look is told by the next.</summary>
    private async Task LookAsync()
    {
        for (var i = 0; i < 2; i++)
        {
            await _worker.EstimateDirtyAsync(CancellationToken.None);
            await _writer.GetDirtyAsync(CancellationToken.None);
        }
    }

    private async Task EmptyAsync(string how)
    {
        switch (how)
        {
            case "FLUSHALL":
                await _server.CliAsync("FLUSHALL");
                break;
            case "prefix":
                await DeleteAsync("rm:*");
                break;
            default:
                _server.Kill();
                var look = AgainAsync(() => _worker.EstimateDirtyAsync(CancellationToken.None).AsTask());
                await _server.StartAgainAsync();
                await look;
                break;
        }
    }

    private Task<string> DeleteAsync(string pattern) =>
        _server.CliAsync("EVAL", "return redis.call('DEL', unpack(redis.call('KEYS', ARGV[1])))", "0", Escape(pattern));

    private static string Escape(string pattern) => pattern.Replace("{", "\\{", StringComparison.Ordinal);

    private int Told() =>
        _log
            .Lines.Where(line => line.StartsWith($"Cache {_bed.Cache}: ", StringComparison.Ordinal))
            .Select(static line => System.Text.RegularExpressions.Regex.Match(line, "gone from Redis, and up to ([0-9]+) dirty entries"))
            .Where(static match => match.Success)
            .Sum(static match => int.Parse(match.Groups[1].Value, System.Globalization.CultureInfo.InvariantCulture));
}
