namespace Remanso.Tiers;

// As a rule they are those of the options. Once something was refused they fall to TierOptions.ResumeAt of that, until
// what is dirty has fallen below (hysteresis). While the oldest dirty entry is older than TierOptions.MaxDirtyAge they
// are 0: what is dirty may be written again, and nothing may be added.
//
// Best effort: knowledge of sums and ages is as old as the tier's last look.

/// <summary>The limits to what may be dirty as they stand now, for a tier to judge growth by; safe to use from several threads.</summary>
internal sealed class DirtyLimits
{
    private readonly long _maxEntries;
    private readonly long _maxBytes;
    private readonly long _resumeEntries;
    private readonly long _resumeBytes;
    private readonly TimeSpan _maxAge;
    private readonly TimeSpan _resumeAge;
    private volatile bool _isDraining;
    private volatile bool _isLate;

    /// <summary>Takes the limits from a cache's options.</summary>
    public DirtyLimits(TierOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        _maxEntries = options.MaxDirtyEntries;
        _maxBytes = options.DirtyBytesLimit;
        _resumeEntries = (long)(_maxEntries * options.ResumeAt);
        _resumeBytes = (long)(_maxBytes * options.ResumeAt);
        _maxAge = options.MaxDirtyAge ?? TimeSpan.MaxValue;
        _resumeAge = _maxAge == TimeSpan.MaxValue ? _maxAge : _maxAge * options.ResumeAt;
    }

    /// <summary>How many entries may be dirty now.</summary>
    public long Entries =>
        _isLate ? 0
        : _isDraining ? _resumeEntries
        : _maxEntries;

    /// <summary>How many bytes may be dirty now.</summary>
    public long Bytes =>
        _isLate ? 0
        : _isDraining ? _resumeBytes
        : _maxBytes;

    /// <summary>How many bytes a single entry may have, whatever is dirty now.</summary>
    public long MostBytes => _maxBytes;

    /// <summary>Whether <see cref="NoteAge"/> wants to be called.</summary>
    public bool HasAge => _maxAge != TimeSpan.MaxValue;

    /// <summary>Notes that something was refused.</summary>
    public void NoteRefusal() => _isDraining = !_isLate && (_resumeEntries < _maxEntries || _resumeBytes < _maxBytes);

    /// <summary>Notes how much is dirty.</summary>
    public void NoteAmount(long entries, long bytes)
    {
        if (_isDraining && entries <= _resumeEntries && bytes <= _resumeBytes)
        {
            _isDraining = false;
        }
    }

    /// <summary>Notes for how long the oldest dirty entry has waited; zero where nothing is dirty.</summary>
    public void NoteAge(TimeSpan oldest) => _isLate = _isLate ? oldest > _resumeAge : oldest > _maxAge;
}
