namespace Remanso.Redis.Resp.Connections;

// A ref struct, so no await can come between its opening and its closing. Only code of this client and of the tier runs
// inside, never a caller's continuation (Turns): a thread that blocked there would hold up what is written with it.

/// <summary>
/// While one is open on a thread, commands issued by this thread wake no writer; closing it writes them, all that go to
/// one node in one piece. Without it a batch still forms, but by chance: the writer starts with whatever is queued when
/// its thread wakes up.
/// </summary>
internal readonly ref struct WriteBatch
{
    [ThreadStatic]
    private static int _depth;

    [ThreadStatic]
    private static List<CommandWriter>? _deferred;

    public static WriteBatch Begin()
    {
        _depth++;
        return default;
    }

    public void Dispose()
    {
        if (--_depth > 0 || _deferred is not { Count: > 0 } writers)
        {
            return;
        }
        foreach (var writer in writers)
        {
            writer.RunDeferred();
        }
        writers.Clear();
    }

    /// <summary>Whether one is open on this thread.</summary>
    public static bool IsOpen => _depth > 0;

    /// <summary>Leaves the writer to the batch that is open on this thread.</summary>
    public static void Defer(CommandWriter writer) => (_deferred ??= []).Add(writer);
}
