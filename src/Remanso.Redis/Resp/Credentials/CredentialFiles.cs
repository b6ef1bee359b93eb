using Remanso.Common;

namespace Remanso.Redis.Resp.Credentials;

/// <summary>Credentials that stand in files, and are read anew for each connection. The files are looked at once a second:
/// a change is told to the connections that are open.</summary>
internal sealed class CredentialFiles : IDisposable
{
    private static readonly TimeSpan _every = TimeSpan.FromSeconds(1);

    private readonly string _passwordFile;
    private readonly string? _userFile;
    private readonly ITimer _timer;
    private (string Password, string? User)? _seen;
    private CancellationTokenSource _changed = new();
    private int _looking;

    public CredentialFiles(string passwordFile, string? userFile, TimeProvider time)
    {
        _passwordFile = passwordFile;
        _userFile = userFile;
        _seen = TryReadAll();
        _timer = time.CreateTimer(static self => ((CredentialFiles)self!).Look(), this, _every, _every);
    }

    /// <summary>What the files hold now.</summary>
    public ValueTask<RedisCredentials> GetAsync(CancellationToken cancellation)
    {
        // Before the files are read: what changes meanwhile is told.
        var changed = Volatile.Read(ref _changed).Token;
        var (password, user) = ReadAll();
        return new(
            new RedisCredentials
            {
                User = user,
                Password = password,
                Changed = changed,
            }
        );
    }

    public void Dispose() => _timer.Dispose();

    /// <summary>The one line that a file holds.</summary>
    /// <exception cref="ArgumentException">Names the setting: the file can't be read, or holds something else.</exception>
    public static string Read(string path, string setting) =>
        SecretFile.TryRead(path, out var text) is { } problem ? throw RedisOptions.Wrong(setting, $"names {path}, which {problem}") : text;

    private void Look()
    {
        if (Interlocked.Exchange(ref _looking, 1) == 1)
        {
            return;
        }

        if (TryReadAll() is { } now && now != _seen)
        {
            _seen = now;
            Interlocked.Exchange(ref _changed, new()).Cancel();
        }

        Volatile.Write(ref _looking, 0);
    }

    private (string Password, string? User) ReadAll() =>
        (Read(_passwordFile, nameof(RedisOptions.PasswordFile)), _userFile is null ? null : Read(_userFile, nameof(RedisOptions.UserFile)));

    // A file that is being written, or is gone, is no change: whoever must read it is told.
    private (string Password, string? User)? TryReadAll()
    {
        try
        {
            return ReadAll();
        }
        catch (ArgumentException)
        {
            return null;
        }
    }
}
