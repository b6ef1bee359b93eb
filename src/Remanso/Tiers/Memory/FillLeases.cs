namespace Remanso.Tiers.Memory;

// A lease ends by its fill, its release, its expiry, or because a write or invalidation voided it; whoever waits for it
// is woken in each case (after expiry by the wait's own time limit). An expired lease is forgotten when it is met or
// swept, so the table holds at most what was missed during one lease's duration and one sweep's interval.

/// <summary>The fill leases of one partition: for each key at most one, guarded by the partition's gate.</summary>
internal sealed class FillLeases
{
    private readonly Dictionary<string, Lease> _leases = [];

    /// <summary>How many there are, those among them that have expired and were neither met nor swept.</summary>
    internal int Count => _leases.Count;

    /// <summary>Gives the lease to <paramref name="holder"/>, or prolongs the one it has.</summary>
    /// <param name="key">The key.</param>
    /// <param name="holder">Who asks.</param>
    /// <param name="now">The clock.</param>
    /// <param name="until">When the lease is to end.</param>
    /// <param name="stamp">The number of the last removal by tag.</param>
    /// <param name="newToken">The token, if a new one is needed: above all earlier ones of the tier.</param>
    /// <returns>The token, or 0 while another holder has the lease.</returns>
    internal long Take(string key, long holder, long now, long until, long stamp, Func<long> newToken)
    {
        if (_leases.TryGetValue(key, out var lease) && now < lease.Until)
        {
            if (lease.Holder != holder)
            {
                return 0;
            }

            // The holder is alive: it has just asked. Its load may be as old as the lease, so the stamp stays.
            lease.Until = until;
            return lease.Token;
        }

        lease?.Ended?.TrySetResult();
        var token = newToken();
        _leases[key] = new Lease(holder, token, stamp) { Until = until };
        return token;
    }

    /// <summary>Ends the lease that has this token.</summary>
    /// <param name="key">The key.</param>
    /// <param name="token">The token.</param>
    /// <param name="now">The clock.</param>
    /// <param name="stamp">The number of the last removal by tag before the lease was given.</param>
    /// <returns>Whether it was in force.</returns>
    internal bool End(string key, long token, long now, out long stamp)
    {
        stamp = 0;
        if (!_leases.TryGetValue(key, out var lease) || lease.Token != token)
        {
            return false;
        }

        stamp = lease.Stamp;
        Forget(key, lease);
        return now < lease.Until;
    }

    /// <summary>Ends the key's lease, whoever has it.</summary>
    internal void Void(string key)
    {
        if (_leases.Count != 0 && _leases.TryGetValue(key, out var lease))
        {
            Forget(key, lease);
        }
    }

    /// <summary>Ends all leases.</summary>
    internal void VoidAll()
    {
        foreach (var lease in _leases.Values)
        {
            lease.Ended?.TrySetResult();
        }

        _leases.Clear();
    }

    /// <summary>Forgets the leases that have expired.</summary>
    internal void Sweep(long now)
    {
        // Removing while enumerating is allowed, unlike adding.
        foreach (var (key, lease) in _leases)
        {
            if (now >= lease.Until)
            {
                Forget(key, lease);
            }
        }
    }

    /// <summary>Finds out when the key's lease ends.</summary>
    /// <param name="key">The key.</param>
    /// <param name="now">The clock.</param>
    /// <param name="until">When it expires.</param>
    /// <returns>What completes when it ends earlier; a completed task where no lease is in force.</returns>
    internal Task WhenEnded(string key, long now, out long until)
    {
        until = now;
        if (!_leases.TryGetValue(key, out var lease) || now >= lease.Until)
        {
            return Task.CompletedTask;
        }

        until = lease.Until;

        // Continuations run elsewhere: this is completed under the partition's gate.
        lease.Ended ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        return lease.Ended.Task;
    }

    private void Forget(string key, Lease lease)
    {
        _leases.Remove(key);
        lease.Ended?.TrySetResult();
    }

    private sealed class Lease(long holder, long token, long stamp)
    {
        internal long Holder { get; } = holder;

        internal long Token { get; } = token;

        internal long Stamp { get; } = stamp;

        internal long Until { get; set; }

        internal TaskCompletionSource? Ended { get; set; }
    }
}
