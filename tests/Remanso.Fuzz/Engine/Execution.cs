namespace Remanso.Fuzz.Engine;

/// <summary>Runs a target with one input.</summary>
internal static class Execution
{
    /// <summary>Null where the target coped with the input.</summary>
    public static Finding? Run(FuzzTarget target, byte[] input)
    {
        var before = GC.GetAllocatedBytesForCurrentThread();
        try
        {
            target.Run(input);
        }
        catch (Exception error)
        {
            return new Finding(input, error);
        }

        var allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        return allocated <= target.MostAllocated
            ? null
            : new Finding(input, new WrongAnswerException($"allocated more than {target.MostAllocated} bytes"));
    }
}
