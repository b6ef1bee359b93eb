using Microsoft.Extensions.Logging;
using Remanso.Common;
using Remanso.Stores;
using Remanso.Telemetry;
using Remanso.Tiers;

namespace Remanso.WriteBehind;

/// <summary>What the passes of a flusher have shown: whether the store takes what it gets, and how long to leave it alone.</summary>
/// <param name="parts">The cache.</param>
internal sealed class FlushHealth(CacheParts parts)
{
    private readonly string _cache = parts.Tier.Cache;
    private readonly FlushOptions _options = parts.Options.Flush;
    private readonly CacheCounters _counters = parts.Counters;
    private readonly ILogger _logger = parts.Logger;
    private readonly FlushHold _hold = new(parts);
    private volatile string? _passProblem;
    private volatile string? _leaseProblem;
    private volatile string? _tooMany;
    private int _failures;
    private bool _hasStoreFailed;
    private StoreCircuit _circuit;

    /// <summary>Whether passes and leases are well.</summary>
    public bool IsWell => _passProblem is null && _leaseProblem is null;

    /// <summary>Whether there are too many dead letters; why the last pass failed, or the last beat that keeps the leases.</summary>
    public IEnumerable<string?> Problems => [_tooMany, _passProblem ?? _leaseProblem];

    /// <summary>How many passes have ended without an error.</summary>
    public long Passes => _hold.Passes;

    /// <summary>The last beat that keeps the leases.</summary>
    /// <param name="failure">Why it failed, or null.</param>
    /// <param name="hasLeases">Whether there are leases to flush under.</param>
    /// <param name="passes"><see cref="Passes"/> when it began; null where it counts whatever has ended since.</param>
    /// <returns>False where it says nothing of now, and the beat is to ask again.</returns>
    public bool NoteLeases(Exception? failure, bool hasLeases, long? passes = null)
    {
        if (!_hold.NoteBeat(failure, hasLeases, passes))
        {
            return false;
        }

        _leaseProblem = failure?.Message;
        if (failure is not null || parts.Tier.Held.Count > 0)
        {
            _counters.FlushErrors.Add();
        }

        return true;
    }

    /// <summary>Begins a pass, which is a probe while the circuit is not closed.</summary>
    public FlushPass Begin(bool isByHand)
    {
        Enter(_circuit.Begin());
        return new FlushPass
        {
            IsProbe = _circuit.State != CircuitState.Closed,
            IsByHand = isByHand,
            Beats = _hold.Beats,
        };
    }

    /// <summary>A pass was given up: it says nothing.</summary>
    public void GiveUp() => Enter(_circuit.End(stored: false, failed: false, _options.CircuitFailures));

    /// <summary>What a pass has shown.</summary>
    public void End(FlushPass pass)
    {
        var wasOpen = pass.IsProbe;
        Enter(_circuit.End(pass.Stored > 0, pass.StoreFailed, _options.CircuitFailures));
        var isOpen = _circuit.State == CircuitState.Open;
        _hold.NotePass(pass);
        if (pass is { Error: null, Refusal: not null, Failed.IsEmpty: true, Stored: 0 })
        {
            // All there is waits for its next try: no news.
            return;
        }

        if ((pass.Error is { } failure ? ErrorText.Of(failure.Message) : pass.Refusal) is not { } error)
        {
            if (wasOpen && !isOpen)
            {
                _logger.CircuitClosed(_cache);
            }
            else if (_hasStoreFailed && !isOpen)
            {
                _logger.FlushRecovered(_cache);
            }

            _hasStoreFailed &= isOpen;

            // An open circuit stays one while nothing is dirty: nobody has seen the store take anything.
            _failures = isOpen ? _failures : 0;
            _passProblem = isOpen ? _passProblem : null;
            return;
        }

        // A store that takes others is not to be waited for.
        _failures = pass.Stored > 0 ? 1 : _failures + 1;
        // Otherwise it is the tier's, of which the store knows nothing, though the entries of a batch may have failed by it.
        _hasStoreFailed |= pass.StoreFailed || pass.Refusal is not null;
        _passProblem = isOpen ? $"the store failed {_circuit.Failures} times in a row and is only probed: {error}" : error;
        if (isOpen && !wasOpen)
        {
            _logger.CircuitOpened(_cache, _circuit.Failures, error, StoreErrors.Unforeseen(pass.Error ?? pass.RefusedBy));
        }
        else if (!isOpen && !pass.Failed.IsEmpty)
        {
            _logger.FlushFailed(_cache, pass.Failed.Count, _failures, _passProblem, StoreErrors.Unforeseen(pass.Error ?? pass.RefusedBy));
        }
    }

    /// <summary>An alarm of its own: what is refused from now on stays dirty.</summary>
    public void NoteDeadLetters(long count)
    {
        if (count < _options.MaxDeadLetters)
        {
            _tooMany = null;
            return;
        }

        if (_tooMany is null)
        {
            _logger.DeadLettersFull(_cache, count, _options.MaxDeadLetters);
        }

        _tooMany =
            $"there are {count} dead letters (Flush:MaxDeadLetters is {_options.MaxDeadLetters}): what the store refuses "
            + "stays dirty until some are replayed or dropped";
    }

    private void Enter(StoreCircuit circuit)
    {
        _circuit = circuit;
        _counters.Circuit = circuit.State;
    }

    /// <summary>How long to wait after a pass that failed.</summary>
    public TimeSpan NextDelay() => Backoff.Delay(Math.Max(_failures, 1), _options.FirstBackoff, _options.MaxBackoff, Chance.NextDouble());
}
