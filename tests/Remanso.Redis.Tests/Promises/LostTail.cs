namespace Remanso.Redis.Tests.Promises;

/// <summary>A Redis that will forget what comes after <see cref="MarkAsync"/>.</summary>
internal sealed class LostTail : IAsyncDisposable
{
    private readonly Forgetting _how;
    private readonly RedisProcess _server;
    private readonly RedisProcess? _replica;
    private long _length;

    private LostTail(Forgetting how, RedisProcess server, RedisProcess? replica)
    {
        _how = how;
        _server = server;
        _replica = replica;
    }

    public string Address => _replica is null ? _server.Address : RedisProcess.AddressOf(_server, _replica);

    public static async Task<LostTail> StartAsync(Forgetting how)
    {
        var server = await RedisProcess.StartAsync(how == Forgetting.CutLog ? ["--appendonly", "yes", "--appendfsync", "always"] : []);
        return new LostTail(
            how,
            server,
            how == Forgetting.LaggingReplica ? await RedisProcess.StartAsync("--replicaof", $"127.0.0.1 {server.Port}") : null
        );
    }

    /// <summary>What was done until now, it will remember.</summary>
    public async Task MarkAsync()
    {
        switch (_how)
        {
            case Forgetting.CutLog:
                _length = new FileInfo(LogFile()).Length;
                break;
            case Forgetting.LaggingReplica:
                await Until.TrueAsync(
                    async () =>
                        (await _replica!.CliAsync("INFO", "replication")).Contains("master_link_status:up", StringComparison.Ordinal),
                    "the replica follows"
                );
                await _server.CliAsync("WAIT", "1", "0");
                // It hears nothing from now on.
                await _replica!.CliAsync("REPLICAOF", "127.0.0.1", "1");
                break;
            default:
                await _server.CliAsync("SAVE");
                File.Copy(Snapshot, Snapshot + ".kept", overwrite: true);
                break;
        }
    }

    /// <summary>It forgets the rest, and serves again.</summary>
    public async Task ForgetAsync()
    {
        if (_how == Forgetting.Backup)
        {
            await _server.StopAsync();
        }
        else
        {
            _server.Kill();
        }

        if (_how == Forgetting.LaggingReplica)
        {
            await _replica!.CliAsync("REPLICAOF", "NO", "ONE");
            return;
        }

        if (_how == Forgetting.CutLog)
        {
            await using var log = new FileStream(LogFile(), FileMode.Open);
            log.SetLength(_length);
        }
        else
        {
            File.Copy(Snapshot + ".kept", Snapshot, overwrite: true);
        }

        await _server.StartAgainAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
        if (_replica is not null)
        {
            await _replica.DisposeAsync();
        }
    }

    private string Snapshot => Path.Combine(_server.Directory, "dump.rdb");

    private string LogFile() =>
        Directory.GetFiles(Path.Combine(_server.Directory, "appendonlydir"), "*.incr.aof").Order(StringComparer.Ordinal).Last();
}
