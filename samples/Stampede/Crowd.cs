using Remanso;

namespace Stampede;

/// <summary>Many callers that ask at the same moment.</summary>
internal static class Crowd
{
    /// <summary>Lets every caller ask once; each tells what it got as soon as it has it.</summary>
    public static Task<ReadResult<decimal>[]> AskAsync(int callers, Func<ValueTask<ReadResult<decimal>>> ask)
    {
        var start = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var answers = Enumerable.Range(1, callers).Select(AskWhenAllAreReadyAsync).ToArray();
        start.SetResult();
        return Task.WhenAll(answers);

        async Task<ReadResult<decimal>> AskWhenAllAreReadyAsync(int caller)
        {
            await start.Task;
            var answer = await ask();
            Console.WriteLine($"Caller {caller}: {answer.Value}");
            return answer;
        }
    }
}
