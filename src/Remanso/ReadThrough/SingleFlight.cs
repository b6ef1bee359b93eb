using System.Collections.Concurrent;

namespace Remanso.ReadThrough;

// One load per key at a time, however many ask for it.
//
// States of a flight (Flight.cs), each left once, under the flight's lock:
//
//     in the air ──load ended──▶ landed
//         └──last caller left──▶ abandoned ──load ended──▶ landed, with nobody to tell
//
// The dictionary maps a key to its *slot*: the flight that callers join. The slot is only a hint where to look. What
// decides is the flight's own state, read under its lock, so no moment between the two can lose a caller:
//
// 1. A caller joins a flight in the air or not at all. One that finds a landed or abandoned flight still in the slot
//    replaces it with its own, as if the slot were empty. So nobody gets a value that was loaded before he asked.
// 2. Landing publishes the outcome, and takes the list of seats, in the same locked step that ends joining. Whoever
//    joined before is in that list and is woken; whoever comes after is refused and flies anew.
// 3. The slot is released before that: a caller that has its answer, the leader too, and asks again at once never meets
//    the flight it was just in. It is released by (key, flight), never by key alone: after Forget, another flight may
//    hold it.
// 4. Each caller sits alone. Its token wakes its own seat and takes it out of the flight. The last to leave abandons
//    the flight, and only that cancels the load's token. The leader is a caller like the others: it starts the load
//    on its own thread, without any lock, and from the load's first wait on it holds a seat like anyone.
// 5. A load that waits for itself is found by following who waits for whom (FlightNode.cs), over any number of
//    flights, caches and independent chains. A caller from inside a load first takes its seat, then looks for the
//    circle; two that close one from both ends may so both fail, but never both miss it.
//
// Best effort, or not seen at all:
//
// - Which load the running code belongs to is told by the execution context. A load that suppresses its flow, or that
//   hands its work to a thread or queue of its own, isn't recognised as the same chain and can still deadlock. Two
//   processes that wait for each other through a shared tier can too; there the fill lease's expiry is the way out.
// - The graph knows what a load asks for, not what it awaits. A load that asks for its own key without awaiting it
//   (fire and forget while the load runs) is refused although it would not hang.
// - An execution context that a load leaves behind (in a timer, in a connection that it opened) keeps the flight and
//   its value reachable.
// - A load that ignores its token goes on after it is abandoned, beside the fresh flight of its key, and whatever it
//   ends with is dropped.

// Safe for use by many threads; no thread ever waits for a load. After golang.org/x/sync/singleflight, with
// cancellation and the detection of loads that wait for themselves added.

/// <summary>
/// Makes concurrent callers that ask for one key share one load, and its value or its exception. Nothing is kept: the
/// first caller after the load has ended starts another one.
/// </summary>
/// <typeparam name="TKey">The type of the keys.</typeparam>
/// <typeparam name="TValue">The type of the loaded values.</typeparam>
/// <param name="comparer">Tells which keys are one; the type's default comparer unless given.</param>
internal sealed class SingleFlight<TKey, TValue>(IEqualityComparer<TKey>? comparer = null)
    where TKey : notnull
{
    private readonly ConcurrentDictionary<TKey, Flight<TKey, TValue>> _flights = new(comparer);

    /// <summary>
    /// How many keys have a flight in the air that a caller would join; forgotten flights do not count. A snapshot,
    /// taken under all of the dictionary's locks: for gauges, not for hot paths.
    /// </summary>
    public int Count => _flights.Count;

    /// <summary>
    /// Joins the load of <paramref name="key"/> that is in the air, or starts <paramref name="load"/>.
    /// </summary>
    /// <typeparam name="TState">The type of <paramref name="state"/>.</typeparam>
    /// <param name="key">The key to load.</param>
    /// <param name="state">Handed to <paramref name="load"/>, so that it need not capture anything.</param>
    /// <param name="load">
    /// Loads the value. Its synchronous part runs on this thread if this caller leads the flight. Its token is
    /// cancelled when the last caller has left, and it should use no other: one caller's token inside the load would
    /// end it for all.
    /// </param>
    /// <param name="cancellationToken">Ends this caller's wait, and harms no other caller.</param>
    /// <returns>The value, and whether it is shared. To be awaited once, as any value task.</returns>
    /// <exception cref="OperationCanceledException">
    /// <paramref name="cancellationToken"/> was cancelled (the exception carries it), or the load itself threw this.
    /// </exception>
    /// <exception cref="RecursiveLoadException">
    /// The caller runs inside a load that <paramref name="key"/>'s load waits for: it would wait for itself.
    /// </exception>
    /// <remarks>
    /// What the load throws, at once or later, reaches every caller with its stack, and is not kept for later ones.
    /// </remarks>
    public ValueTask<FlightResult<TValue>> RunAsync<TState>(
        TKey key,
        TState state,
        Func<TKey, TState, CancellationToken, ValueTask<TValue>> load,
        CancellationToken cancellationToken = default
    )
    {
        ArgumentNullException.ThrowIfNull(load);
        if (cancellationToken.IsCancellationRequested)
        {
            return ValueTask.FromCanceled<FlightResult<TValue>>(cancellationToken);
        }

        var within = FlightNode.Current;
        Flight<TKey, TValue>? mine = null;
        while (true)
        {
            var occupied = _flights.TryGetValue(key, out var found);
            if (occupied && found!.TryJoin(within) is { } seat)
            {
                if (IsAwaited(within, key))
                {
                    seat.Leave(new RecursiveLoadException(key));
                }
                else
                {
                    seat.LeaveWhenCancelled(cancellationToken);
                }

                return seat.Task;
            }

            if (mine is null)
            {
                if (IsAwaited(within, key))
                {
                    return ValueTask.FromException<FlightResult<TValue>>(new RecursiveLoadException(key));
                }

                mine = new Flight<TKey, TValue>(this, key, within);
            }

            if (TryPut(key, mine, found))
            {
                return mine.LeadAsync(state, load, cancellationToken);
            }
        }
    }

    /// <inheritdoc cref="RunAsync{TState}"/>
    public ValueTask<FlightResult<TValue>> RunAsync(
        TKey key,
        Func<TKey, CancellationToken, ValueTask<TValue>> load,
        CancellationToken cancellationToken = default
    )
    {
        ArgumentNullException.ThrowIfNull(load);
        return RunAsync(key, load, static (key, load, token) => load(key, token), cancellationToken);
    }

    /// <summary>As <see cref="RunAsync{TState}"/>, for a caller that need not wait to the end: it never leaves its
    /// flight, so the load goes on without it, and the load it starts runs on another thread, without this caller's
    /// execution context.</summary>
    /// <param name="key">The key to load.</param>
    /// <param name="state">Handed to <paramref name="load"/>.</param>
    /// <param name="load">Loads the value.</param>
    /// <param name="held">Disposed of when the synchronous part of the load is over, or no load is started.</param>
    internal ValueTask<FlightResult<TValue>> RunDetachedAsync<TState>(
        TKey key,
        TState state,
        Func<TKey, TState, CancellationToken, ValueTask<TValue>> load,
        IDisposable? held
    )
    {
        if (IsAwaited(FlightNode.Current, key))
        {
            held?.Dispose();
            return ValueTask.FromException<FlightResult<TValue>>(new RecursiveLoadException(key));
        }

        Flight<TKey, TValue>? mine = null;
        while (true)
        {
            var occupied = _flights.TryGetValue(key, out var found);
            // Waiting for a time only, this caller closes no circle.
            if (occupied && found!.TryJoin(waiting: null) is { } seat)
            {
                held?.Dispose();
                return seat.Task;
            }

            mine ??= new Flight<TKey, TValue>(this, key, waiting: null);
            if (TryPut(key, mine, found))
            {
                return mine.LeadDetached(state, load, held);
            }
        }
    }

    /// <summary>Starts a load that nobody waits for, as <see cref="RunDetachedAsync"/> would, unless one of the key is
    /// in the air; those who come later join it.</summary>
    /// <returns>Whether it started one.</returns>
    internal bool TryStart<TState>(TKey key, TState state, Func<TKey, TState, CancellationToken, ValueTask<TValue>> load, IDisposable? held)
    {
        Flight<TKey, TValue>? mine = null;
        while (true)
        {
            if (_flights.TryGetValue(key, out var found) && found.IsInTheAir)
            {
                held?.Dispose();
                return false;
            }

            mine ??= new Flight<TKey, TValue>(this, key, waiting: null);
            if (TryPut(key, mine, found))
            {
                mine.Depart(state, load, held);
                return true;
            }
        }
    }

    /// <summary>Whether the flight in the air was found to be late.</summary>
    internal bool IsLate(TKey key) => _flights.TryGetValue(key, out var flight) && flight is { IsInTheAir: true, IsLate: true };

    /// <summary>Says that a caller waited for the flight in the air as long as it would.</summary>
    internal void MarkLate(TKey key)
    {
        if (_flights.TryGetValue(key, out var flight))
        {
            flight.IsLate = true;
        }
    }

    /// <summary>
    /// Makes later callers start a new flight for <paramref name="key"/>, as after a write: what is in the air may
    /// carry the value from before. It goes on for the callers it has.
    /// </summary>
    /// <returns>Whether there was a flight to forget.</returns>
    public bool Forget(TKey key) => _flights.TryRemove(key, out _);

    /// <summary>Frees the slot of a flight that ended, unless another one holds it by now.</summary>
    internal void Release(Flight<TKey, TValue> flight) =>
        _flights.TryRemove(new KeyValuePair<TKey, Flight<TKey, TValue>>(flight.Key, flight));

    private bool TryPut(TKey key, Flight<TKey, TValue> mine, Flight<TKey, TValue>? ended) =>
        ended is null ? _flights.TryAdd(key, mine) : _flights.TryUpdate(key, mine, ended);

    // By key, not by flight: a load whose own flight was forgotten or abandoned would otherwise start the same load
    // again, inside itself, without end.
    private bool IsAwaited(FlightNode? within, TKey key)
    {
        if (within is null)
        {
            return false;
        }

        foreach (var node in within.WithAllWaitingForIt())
        {
            if (node is Flight<TKey, TValue> flight && flight.Owner == this && _flights.Comparer.Equals(flight.Key, key))
            {
                return true;
            }
        }

        return false;
    }
}
