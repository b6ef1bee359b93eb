// Part of the core in a build with -p:ModelCheck=true: see ModelCheck.cs.

namespace Remanso.ModelCheck
{
    [System.Flags]
    internal enum AwaitOptions
    {
        None = 0,
        SuppressThrowing = 2,
        ForceYielding = 4,
    }

    internal static class Awaiting
    {
        public static async System.Threading.Tasks.Task ConfigureAwait(this System.Threading.Tasks.Task task, AwaitOptions options)
        {
            if ((options & AwaitOptions.ForceYielding) != 0)
            {
                await System.Threading.Tasks.Task.Yield();
            }

            try
            {
                await task.ConfigureAwait(false);
            }
            catch (System.Exception) when ((options & AwaitOptions.SuppressThrowing) != 0)
            {
                // Whoever awaits it asks how it ended.
            }
        }
    }
}
