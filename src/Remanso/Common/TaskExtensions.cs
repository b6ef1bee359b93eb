namespace Remanso.Common;

internal static class TaskExtensions
{
    /// <summary>Says that nobody will look at the task's end: a failure isn't reported as overlooked.</summary>
    public static void Forget(this Task task) =>
        _ = task.ContinueWith(
            static ended => _ = ended.Exception,
            CancellationToken.None,
            TaskContinuationOptions.OnlyOnFaulted | TaskContinuationOptions.ExecuteSynchronously,
            TaskScheduler.Default
        );
}
