namespace Remanso.Faces;

// A local tier's calls are complete when they return, so nothing is waited for. A remote tier's are not, and the thread
// waits for the round trip. That can't deadlock: nothing inside the library continues on a caller's context (every
// await says so), and what completes a call needs no free thread of the pool. It still costs a thread, so callers who
// can should use the asynchronous half.

/// <summary>
/// The one place where this library blocks a thread: the synchronous half of a contract that has one.
/// </summary>
internal static class Blocking
{
    public static T Wait<T>(ValueTask<T> call) => call.IsCompleted ? call.GetAwaiter().GetResult() : call.AsTask().GetAwaiter().GetResult();

    public static void Wait(ValueTask call)
    {
        if (call.IsCompleted)
        {
            call.GetAwaiter().GetResult();
        }
        else
        {
            call.AsTask().GetAwaiter().GetResult();
        }
    }
}
