using System.Collections.Frozen;
using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using Remanso.AspNetCore.Security.Authentication;
using Remanso.Telemetry;

namespace Remanso.AspNetCore.Security.Keys;

/// <summary>
/// The keys that are valid now. It looks at its file once a second and takes what changed; a file that can't be read then leaves
/// the keys as they
/// were, and is an error in the log, for a slip of the editor must not lock everybody out.
/// </summary>
internal sealed class KeyRing : IDisposable
{
    private static readonly TimeSpan _every = TimeSpan.FromSeconds(1);
    private static readonly byte[] _nobody = RandomNumberGenerator.GetBytes(SHA256.HashSizeInBytes);

    private readonly RemansoKeyFile _file;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly ITimer _timer;

    // Headers that held a valid key, by the very string: a connection keeps the string of a header that comes again, so
    // that its key is hashed once for a connection and not for each request. Nothing is compared, and nothing outlives
    // the connection.
    private readonly ConditionalWeakTable<string, Proof> _proven = [];

    private (DateTime Written, long Length)? _seen;
    private string? _told;
    private volatile Entries _entries;
    private int _looking;

    /// <exception cref="RemansoKeyFileException">The file can't be read.</exception>
    public KeyRing(RemansoKeyFile file, TimeProvider time, ILogger<KeyRing> logger)
    {
        _file = file;
        _time = time;
        _logger = SafeLogger.Of(logger);
        _seen = Stamp();
        _entries = new Entries(file.Read());
        _timer = time.CreateTimer(static state => ((KeyRing)state!).Look(), this, _every, _every);
    }

    /// <summary>Looks up the key that a header holds, which its connection may send again.</summary>
    public KeyVerdict FindIn(string header, ReadOnlySpan<char> text)
    {
        var entries = _entries;
        if (_proven.TryGetValue(header, out var proof) && ReferenceEquals(proof.Of, entries))
        {
            return VerdictOf(proof.Entry);
        }

        var verdict = Find(entries, text, out var entry);
        if (verdict.Outcome == KeyOutcome.Valid)
        {
            _proven.AddOrUpdate(header, new Proof(entries, entry!));
        }

        return verdict;
    }

    /// <summary>Looks a key up. Its cost does not depend on how much of a wrong one is right.</summary>
    public KeyVerdict Find(ReadOnlySpan<char> text) => Find(_entries, text, out _);

    private KeyVerdict Find(Entries entries, ReadOnlySpan<char> text, out Entry? entry)
    {
        entry = null;
        if (!ApiKey.HasForm(text))
        {
            return new KeyVerdict(KeyOutcome.Malformed, null);
        }

        var known = entries.ById.TryGetValue(ApiKey.IdOf(text), out entry);
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        ApiKey.Hash(text, hash);
        if (!CryptographicOperations.FixedTimeEquals(hash, known ? entry!.Sha256 : _nobody) || !known)
        {
            return new KeyVerdict(ApiKey.HasChecksum(text) ? KeyOutcome.Unknown : KeyOutcome.Malformed, null);
        }

        return VerdictOf(entry!);
    }

    private KeyVerdict VerdictOf(Entry entry) =>
        new(entry.Key.IsExpired(_time.GetUtcNow()) ? KeyOutcome.Expired : KeyOutcome.Valid, entry.Identity);

    /// <summary>Whose a key is that was shown before, by its identifier: null where it is no key any more, or has expired.</summary>
    public RemansoIdentity? FindById(ReadOnlySpan<char> id) =>
        _entries.ById.TryGetValue(id, out var entry) && !entry!.Key.IsExpired(_time.GetUtcNow()) ? entry.Identity : null;

    public void Dispose() => _timer.Dispose();

    /// <summary>Reads the file again if it is another one.</summary>
    internal void Look()
    {
        if (Interlocked.Exchange(ref _looking, 1) != 0)
        {
            return;
        }

        try
        {
            var stamp = Stamp();
            if (stamp == _seen)
            {
                return;
            }

            // Taken before the file is read: what changes meanwhile is seen the next time.
            _seen = stamp;
            _entries = new Entries(_file.Read());
            _told = null;
            SecurityLog.KeysRead(_logger, _file.Path, _entries.ById.Dictionary.Count);
        }
        catch (RemansoKeyFileException exception)
        {
            // What keeps the file from being read may pass without the file's changing: it is tried until it was read.
            _seen = null;
            if (_told != exception.Message)
            {
                _told = exception.Message;
                SecurityLog.KeysNotRead(_logger, exception.Message);
            }
        }
        finally
        {
            Volatile.Write(ref _looking, 0);
        }
    }

    private (DateTime Written, long Length) Stamp()
    {
        try
        {
            // Of a link, what it leads to: that is how mounted secrets are exchanged.
            var file = new FileInfo(_file.Path);
            var target = file.LinkTarget is null ? file : file.ResolveLinkTarget(returnFinalTarget: true) as FileInfo ?? file;
            return target.Exists ? (target.LastWriteTimeUtc, target.Length) : default;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw RemansoKeyFile.Unreadable(_file.Path, exception);
        }
    }

    private sealed class Entries
    {
        public Entries(IReadOnlyList<StoredKey> keys) =>
            ById = keys.Select(static stored => new Entry(stored.Key, stored.Sha256, new RemansoIdentity(stored.Key)))
                .ToFrozenDictionary(static entry => entry.Key.Id, StringComparer.Ordinal)
                .GetAlternateLookup<ReadOnlySpan<char>>();

        public FrozenDictionary<string, Entry>.AlternateLookup<ReadOnlySpan<char>> ById { get; }
    }

    private sealed record Proof(Entries Of, Entry Entry);

    private sealed record Entry(RemansoKey Key, byte[] Sha256, RemansoIdentity Identity);
}
