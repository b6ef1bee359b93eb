using System.Collections.Concurrent;

namespace Remanso.Redis.Tier;

/// <summary>Those of this process who wait until another holder's fill lease ends.</summary>
internal sealed class FillWaiters
{
    private readonly ConcurrentDictionary<string, Group> _byKey = new(StringComparer.Ordinal);

    /// <summary>Waits from now on; to be disposed.</summary>
    public Waiter Join(string key)
    {
        while (true)
        {
            var group = _byKey.GetOrAdd(key, static _ => new Group());
            lock (group)
            {
                if (group.IsClosed)
                {
                    continue;
                }

                group.Members++;
                return new Waiter(this, key, group);
            }
        }
    }

    /// <summary>Wakes those who wait for this key.</summary>
    public void Wake(string key)
    {
        if (!_byKey.IsEmpty && _byKey.TryRemove(key, out var group))
        {
            Close(group);
        }
    }

    /// <summary>Wakes all.</summary>
    public void WakeAll()
    {
        foreach (var (key, _) in _byKey)
        {
            Wake(key);
        }
    }

    private static void Close(Group group)
    {
        lock (group)
        {
            group.IsClosed = true;
        }

        // Continuations run elsewhere: this is called by the connection's reader.
        group.Ended.TrySetResult();
    }

    /// <summary>One wait.</summary>
    public readonly struct Waiter : IDisposable
    {
        private readonly FillWaiters _owner;
        private readonly string _key;
        private readonly Group _group;

        internal Waiter(FillWaiters owner, string key, Group group)
        {
            _owner = owner;
            _key = key;
            _group = group;
        }

        /// <summary>Completes when the lease may have ended.</summary>
        public Task Ended => _group.Ended.Task;

        public void Dispose()
        {
            lock (_group)
            {
                if (--_group.Members > 0 || _group.IsClosed)
                {
                    return;
                }

                _group.IsClosed = true;
                _owner._byKey.TryRemove(new KeyValuePair<string, Group>(_key, _group));
            }
        }
    }

    /// <summary>Those who wait for one key.</summary>
    internal sealed class Group
    {
        public TaskCompletionSource Ended { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public int Members { get; set; }

        public bool IsClosed { get; set; }
    }
}
