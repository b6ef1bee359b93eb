using System.Globalization;
using Remanso.Stores;

namespace Remanso.WriteBehind;

// It does not after MostFailures failures in a row, or while a save is out for longer than a lease lasts. Then the
// store is asked now and then, ever more rarely, and the worker comes back once it answered; one more failure sends it
// away again.

/// <summary>Whether the store takes what this worker saves; where it does not, its partitions are better with another
/// worker, as long as there is one.</summary>
/// <param name="ask">Asks the store for anything.</param>
/// <param name="patience">How long a save may be out.</param>
/// <param name="time">The clock.</param>
/// <param name="isAlone">Whether no other worker can flush what this one can't: of a tier of this process.</param>
internal sealed class StoreReach(Func<CancellationToken, ValueTask> ask, TimeSpan patience, TimeProvider time, bool isAlone)
{
    /// <summary>After so many failures in a row it does not.</summary>
    public const int MostFailures = 3;

    private static readonly TimeSpan _firstPause = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan _longestPause = TimeSpan.FromSeconds(30);

    private readonly Lock _gate = new();
    private readonly Dictionary<long, long> _out = [];
    private readonly StoreQuestion _question = new(ask, patience, time);
    private long _last;
    private int _failures;
    private int _pauses;
    private long _askedAt;
    private bool _isAsking;

    /// <summary>Whether the partitions are in good hands here.</summary>
    public bool IsAble
    {
        get
        {
            lock (_gate)
            {
                return _failures < MostFailures && Longest() <= patience;
            }
        }
    }

    /// <summary>What is wrong, or null.</summary>
    public string? Problem
    {
        get
        {
            lock (_gate)
            {
                return Longest() is var longest && longest > patience
                        ? string.Create(CultureInfo.InvariantCulture, $"the store has not answered for {longest.TotalSeconds:0} s")
                    : _failures < MostFailures ? null
                    : isAlone ? "the store failed several times in a row"
                    : "the store failed several times in a row; other workers that reach it flush for this one";
            }
        }
    }

    /// <summary>A save begins.</summary>
    /// <returns>Its number, for <see cref="End"/>.</returns>
    public long Begin()
    {
        lock (_gate)
        {
            _out.Add(++_last, time.GetTimestamp());
            return _last;
        }
    }

    /// <summary>A save ends.</summary>
    /// <param name="save">Its number.</param>
    /// <param name="failed">Whether the store failed; null where it was given up, which says nothing.</param>
    public void End(long save, bool? failed)
    {
        lock (_gate)
        {
            _out.Remove(save, out var began);
            if (failed == false)
            {
                (_failures, _pauses) = (0, 0);
            }
            else if (failed == true)
            {
                _failures = time.GetElapsedTime(began) > patience ? MostFailures : _failures + 1;
                _askedAt = time.GetTimestamp();
            }
        }
    }

    /// <summary>Asks the store again if that is due.</summary>
    public async Task AskIfDueAsync(CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            var pause = TimeSpan.FromTicks(Math.Min(_longestPause.Ticks, _firstPause.Ticks << Math.Min(_pauses, 10)));
            if (_isAsking || _failures < MostFailures || time.GetElapsedTime(_askedAt) < pause)
            {
                return;
            }

            _isAsking = true;
            _pauses++;
        }

        var answered = false;
        try
        {
            answered = await _question.AskAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (Exception) when (!cancellationToken.IsCancellationRequested)
        {
            // Asked again later.
        }
        finally
        {
            lock (_gate)
            {
                _isAsking = false;
                _askedAt = time.GetTimestamp();
                _failures = answered ? MostFailures - 1 : _failures;
            }
        }
    }

    private TimeSpan Longest() => _out.Count == 0 ? TimeSpan.Zero : time.GetElapsedTime(_out.Values.Min());
}
