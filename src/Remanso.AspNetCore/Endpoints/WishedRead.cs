using Remanso.AspNetCore.Http;

namespace Remanso.AspNetCore.Endpoints;

/// <summary>One read as its request wants it: a copy that does, else a load, else a copy that does after an error.</summary>
internal readonly struct WishedRead(ICache<string, ReadOnlyMemory<byte>> cache, string key, ReadWish wish, long now)
{
    /// <summary>The answer, and how it came about.</summary>
    /// <exception cref="ProblemException">The request's own time is over.</exception>
    public async ValueTask<(ReadResult<ReadOnlyMemory<byte>> Result, string Status)> ReadAsync(CancellationToken cancellationToken)
    {
        var anew = wish.IsAnew;
        try
        {
            var result = await cache.GetAsync(key, wish.Options(anew: false), cancellationToken);
            if (!anew && result.Entry is { } copy && result.Source != ReadSource.Store && wish.Refuses(copy, now))
            {
                anew = true;
                result = await cache.GetAsync(key, wish.Options(anew: true), cancellationToken);
            }

            return (result, CacheStatus.Of(result, ReadFrom.TierThenStore, wish, anew));
        }
        catch (Exception exception) when (!cancellationToken.IsCancellationRequested && ErrorMap.Explain(exception) is { Status: >= 500 })
        {
            if (
                anew
                && wish.StaleIfError > TimeSpan.Zero
                && await cache.GetAsync(key, wish.OptionsAfterError(), cancellationToken) is { Found: true } copy
            )
            {
                return (copy, CacheStatus.AfterError);
            }

            // The library's own limit; a driver's is the store's failure.
            if (exception is TimeoutException { InnerException: OperationCanceledException })
            {
                throw new ProblemException(Problems.ReadTimeout());
            }

            throw;
        }
    }
}
