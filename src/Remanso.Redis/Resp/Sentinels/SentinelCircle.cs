using Remanso.Common;

namespace Remanso.Redis.Resp.Sentinels;

// One connection for each sentinel serves for questions and for what it tells unasked: RESP3 keeps the two apart. All
// that are connected are asked at once, and the answer of the highest epoch counts: while a fail-over gets about, and
// where the network was split, some still name the old master.
//
// What a sentinel says is where to look, never that it is so: the server found there must itself say that it is a
// master (TopologyDiscovery). A message lost is no harm, for whoever loses its server asks again and again.

/// <summary>The sentinels of one replicated set.</summary>
internal sealed class SentinelCircle : IPushReceiver, ILinkObserver, IAsyncDisposable
{
    private const string Switched = "+switch-master";

    // A sentinel that hangs must not cost more than this: the others have answered by then.
    private static readonly TimeSpan _longestAnswer = TimeSpan.FromSeconds(1);

    // What those have to answer in who are slower than the first; else what they said before counts.
    private static readonly TimeSpan _forOthers = TimeSpan.FromMilliseconds(100);

    private readonly RedisOptions _options;
    private readonly RedisSentinelOptions _sentinel;
    private readonly RedisOptions _linkOptions;
    private readonly CredentialFiles? _files;
    private readonly TimeProvider _time;
    private readonly Func<int> _deadline;
    private readonly Action _changed;
    private readonly KnownSentinels _known;
    private readonly SentinelMemory _memory = new();
    private volatile TaskCompletionSource _news = NewSignal();
    private Exception? _refusal;
    private long _lookedAt;
    private long _questions;

    /// <param name="options">With <see cref="RedisOptions.Sentinel"/>.</param>
    /// <param name="time">The clock.</param>
    /// <param name="deadline">The tick until which a question may take.</param>
    /// <param name="changed">Somebody else is the master now, or a sentinel can be asked who could not before.</param>
    /// <param name="notRenewed">Is told when a connection to a sentinel could not sign in anew, or a new certificate can't be
    /// used, and why.</param>
    public SentinelCircle(
        RedisOptions options,
        TimeProvider time,
        Func<int> deadline,
        Action changed,
        Action<RedisEndPoint, Exception> notRenewed
    )
    {
        _options = options;
        _sentinel = options.Sentinel!;
        _time = time;
        _deadline = deadline;
        _changed = changed;
        _linkOptions = new()
        {
            User = _sentinel.User,
            Password = _sentinel.Password,
            ClientName = options.ClientName,
            Tls = options.Tls,
            Timings = options.Timings,
            Limits = options.Limits,
        };
        _files = _sentinel.PasswordFile is { } file ? new(file, null, time) : null;
        var provider = _files is null ? _sentinel.Credentials : _files.GetAsync;
        var source = provider is null ? null : new CredentialSource(provider, _linkOptions, time, deadline, notRenewed);
        _linkOptions = _linkOptions.With(source, notRenewed);
        _known = new(options, endPoint => new(endPoint, _linkOptions, time, this, this));
    }

    /// <summary>Where the sentinels are that are known.</summary>
    public IEnumerable<RedisEndPoint> EndPoints => _known.Links.Select(static link => link.EndPoint);

    public void Start() => _known.Start();

    /// <summary>What the sentinels say that can be reached now; null while none can.</summary>
    /// <exception cref="RedisConnectionException">They can be reached, and none knows the name.</exception>
    public async Task<SentinelWord?> FindMasterAsync(CancellationToken cancellation)
    {
        using var timeout = new CancellationTokenSource(_longestAnswer, _time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellation, timeout.Token);
        var known = _known.Links.ToList();
        var links = known.FindAll(static link => link.Connection is not null);
        var question = new SentinelQuestion(Interlocked.Increment(ref _questions));
        var asked = links.ConvertAll(link => AskAsync(link, question, either.Token));
        await HearAsync(asked, cancellation).ConfigureAwait(false);
        question.End();
        if (_time.GetElapsedTime(Volatile.Read(ref _lookedAt)) >= _options.Timings.TopologyRefresh)
        {
            LookAroundAsync().Forget();
        }
        // One may be known by its name and by its address, and has one vote all the same.
        var answers = new Dictionary<(string, int), SentinelAnswer>();
        foreach (var (link, task) in links.Zip(asked))
        {
            var answer =
                task.IsCompleted ? await task.ConfigureAwait(false)
                : link.Connection is { } connection ? _memory.Of(connection)
                : null;
            if (answer is not null)
            {
                answers[IdentityOf(link)] = answer;
            }
        }
        if (answers.Count == 0)
        {
            return null;
        }
        int VotesFor(RedisEndPoint? master) => answers.Values.Count(answer => answer.Master == master);
        var best = answers
            .Values.Where(static answer => answer.Master is not null)
            .DefaultIfEmpty()
            .MaxBy(answer => (answer?.Epoch, VotesFor(answer?.Master)));
        return best?.Master is not { } master
            ? throw new RedisConnectionException(
                $"No sentinel of {Names} knows a master named {_sentinel.MasterName}: see the name behind the / of "
                    + "redis+sentinel://HOST/NAME (RedisOptions.Sentinel.MasterName), and sentinel monitor in their configuration.",
                mayHaveRun: false
            )
            : new(
                _options.Reach(master),
                best.Epoch,
                VotesFor(master),
                CountOf(links),
                // Those that one which was cut off takes for dead are forgotten here where they are out of reach, too.
                Math.Max(CountOf(known), answers.Values.Max(static answer => answer.Sentinels))
            );
    }

    /// <summary>Waits until a sentinel tells something, or for so long.</summary>
    public async Task WaitAsync(TimeSpan longest, CancellationToken cancellation)
    {
        var news = _news;
        try
        {
            await news.Task.WaitAsync(longest, _time, cancellation).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            // Nothing was told.
        }
    }

    /// <summary>Why none of them answers; null where one does, and before the first attempt.</summary>
    public Exception? Problem =>
        _known.Links.Any(static link => link.Connection is not null) || _known.Links.All(static link => link.LastError is null)
            ? null
            : Unreachable();

    /// <summary>Why none of them answers.</summary>
    public RedisConnectionException Unreachable()
    {
        var error = _known.Links.Select(static link => link.LastError).FirstOrDefault(static error => error is not null);
        error ??= Volatile.Read(ref _refusal);
        var reason = error switch
        {
            null => "none answered",
            { InnerException: RedisServerException { Code: "WRONGPASS" or "NOAUTH" or "NOPERM" } }
            or RedisServerException { Code: "WRONGPASS" or "NOAUTH" or "NOPERM" } =>
                $"they refuse our password: {error.Message} (that of the sentinels is sentinelPassword in the address, "
                    + "RedisOptions.Sentinel.Password)",
            _ => error.Message,
        };
        return new($"No sentinel of {Names} could be asked for the master {_sentinel.MasterName}: {reason}", mayHaveRun: false, error);
    }

    public void Sweep(int now, int patience)
    {
        foreach (var link in _known.Links)
        {
            link.Sweep(now, patience);
        }
    }

    public ValueTask DisposeAsync()
    {
        _files?.Dispose();
        return _known.DisposeAsync();
    }

    void ILinkObserver.OnConnected(RespLink link) => _ = JoinAsync(link);

    void ILinkObserver.OnDisconnected(RespLink link, Exception reason) { }

    // message, the channel, and "NAME OLD-HOST OLD-PORT NEW-HOST NEW-PORT".
    bool IPushReceiver.OnPush(ref RespReader push, RespCommand? oldest)
    {
        var fields = push.ReadArrayHeader();
        var kind = push.ReadBytes();
        if (kind.EndsWith("subscribe"u8))
        {
            return oldest is { Arguments: [{ Text: "SUBSCRIBE" }, ..] };
        }
        if (fields >= 3 && kind.SequenceEqual("message"u8))
        {
            push.Skip();
            var message = push.ReadString() ?? "";
            if (message.StartsWith(_sentinel.MasterName + " ", StringComparison.Ordinal))
            {
                Tell();
            }
        }
        return false;
    }

    private static int CountOf(IEnumerable<RespLink> links) => links.Select(IdentityOf).Distinct().Count();

    private static (string, int) IdentityOf(RespLink link) =>
        ($"{link.Address}" is { Length: > 0 } address ? address : link.EndPoint.Host, link.EndPoint.Port);

    private string Names => string.Join(", ", _options.EndPoints);

    /// <summary>Waits for the first that knows something, and a moment more for the others.</summary>
    private async Task HearAsync(List<Task<SentinelAnswer?>> asked, CancellationToken cancellation)
    {
        var open = asked.ToList();
        while (open.Count > 0)
        {
            var answered = await Task.WhenAny(open).WaitAsync(cancellation).ConfigureAwait(false);
            open.Remove(answered);
            if (await answered.ConfigureAwait(false) is { Master: not null })
            {
                var moment = Task.Delay(_forOthers, _time, cancellation);
                await Task.WhenAny(Task.WhenAll(open), moment).ConfigureAwait(false);
                cancellation.ThrowIfCancellationRequested();
                return;
            }
        }
    }

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private void Tell()
    {
        var news = _news;
        _news = NewSignal();
        news.TrySetResult();
        _changed();
    }

    private async Task JoinAsync(RespLink link)
    {
        try
        {
            if (link.Connection is { } connection)
            {
                await SendAsync(connection, static (ref reply) => true, default, "SUBSCRIBE", Switched).ConfigureAwait(false);
                Tell();
            }
        }
        catch (Exception error) when (error is RedisException or InvalidDataException)
        {
            // Without messages: it is still asked.
            Tell();
        }

        await LookAroundAsync().ConfigureAwait(false);
    }

    /// <summary>Asks who else there is.</summary>
    private async Task LookAroundAsync()
    {
        Volatile.Write(ref _lookedAt, _time.GetTimestamp());
        using var timeout = new CancellationTokenSource(_longestAnswer, _time);
        var told = await Task.WhenAll(_known.Links.Select(link => OthersAsync(link, timeout.Token))).ConfigureAwait(false);
        if (Array.Exists(told, static others => others is not null))
        {
            await _known
                .LearnAsync(told.SelectMany(static others => others ?? []).Select(_options.Reach).ToHashSet())
                .ConfigureAwait(false);
        }
    }

    private async Task<List<RedisEndPoint>?> OthersAsync(RespLink link, CancellationToken cancellation)
    {
        if (link.Connection is not { } connection)
        {
            return null;
        }
        try
        {
            return await SendAsync(connection, SentinelReplies.Others, cancellation, "SENTINEL", "SENTINELS", _sentinel.MasterName)
                .ConfigureAwait(false);
        }
        catch (Exception error) when (error is RedisException or InvalidDataException or OperationCanceledException)
        {
            return null;
        }
    }

    private async Task<SentinelAnswer?> AskAsync(RespLink link, SentinelQuestion question, CancellationToken cancellation)
    {
        if (link.Connection is not { } connection)
        {
            return null;
        }
        try
        {
            var master = SendAsync(
                connection,
                SentinelReplies.Address,
                cancellation,
                "SENTINEL",
                "GET-MASTER-ADDR-BY-NAME",
                _sentinel.MasterName
            );
            var about = AboutAsync(connection, cancellation);
            var address = await master.ConfigureAwait(false);
            var (epoch, sentinels) = await about.ConfigureAwait(false);
            var answer = new SentinelAnswer(address, epoch, sentinels);
            // It could not be counted, and may lead elsewhere than what was.
            if (_memory.Keep(connection, question, answer) && question.IsOver)
            {
                Tell();
            }
            return answer;
        }
        catch (Exception error) when (error is RedisException or InvalidDataException or OperationCanceledException)
        {
            Volatile.Write(ref _refusal, error);
            return null;
        }
    }

    private async Task<(long Epoch, int Sentinels)> AboutAsync(RespConnection connection, CancellationToken cancellation)
    {
        try
        {
            return await SendAsync(connection, SentinelReplies.About, cancellation, "SENTINEL", "MASTER", _sentinel.MasterName)
                .ConfigureAwait(false);
        }
        catch (Exception error) when (error is RedisServerException or InvalidDataException)
        {
            // It does not know the name, or not our right to ask: then any answer is as good.
            return (SentinelWord.NoEpoch, 0);
        }
    }

    private ValueTask<T> SendAsync<T>(
        RespConnection connection,
        ReplyParser<T> parser,
        CancellationToken cancellation,
        params ReadOnlySpan<RespArg> arguments
    )
    {
        var command = RespCommand<T>.Rent(parser);
        command.Append(arguments);
        command.Arm(_deadline(), cancellation);
        var reply = command.Task;
        return connection.TrySubmit(command)
            ? reply
            : throw new RedisConnectionException("The connection to the sentinel was lost.", mayHaveRun: false);
    }
}
