namespace Remanso.AspNetCore.Http.Limits;

/// <summary>What one request holds of the budget, until its answer is out.</summary>
internal sealed class RequestCharge : IDisposable
{
    private static readonly object _item = new();

    private readonly TransferLimits _limits;
    private readonly CancellationToken _aborted;
    private long _held;
    private long _ahead;

    private RequestCharge(HttpContext context)
    {
        _limits = TransferLimits.Of(context);
        _aborted = context.RequestAborted;
    }

    /// <summary>That of a request.</summary>
    public static RequestCharge Of(HttpContext context)
    {
        if (context.Items.TryGetValue(_item, out var known))
        {
            return (RequestCharge)known!;
        }

        var charge = new RequestCharge(context);
        context.Items[_item] = charge;
        context.Response.RegisterForDispose(charge);
        return charge;
    }

    /// <summary>Takes bytes.</summary>
    /// <exception cref="ProblemException">There is no room for them now.</exception>
    public async ValueTask TakeAsync(long bytes)
    {
        if (!await TryTakeAsync(bytes, TransferLimits.Patience))
        {
            throw Problems.Busy();
        }
    }

    /// <summary>Takes bytes, where there is room within the time.</summary>
    public async ValueTask<bool> TryTakeAsync(long bytes, TimeSpan patience)
    {
        if (!await _limits.Budget.TakeAsync(bytes, patience, _aborted))
        {
            return false;
        }

        _held += bytes;
        return true;
    }

    /// <summary>Takes bytes for values that are still to be read, where there is room within the time. When they are
    /// here, or failed, <see cref="Settle"/> follows.</summary>
    public async ValueTask<bool> TryReserveAsync(long bytes, TimeSpan patience)
    {
        var began = _limits.Time.GetTimestamp();
        if (!await _limits.Ahead.TakeAsync(bytes, patience, _aborted))
        {
            return false;
        }

        _ahead += bytes;
        var left = patience - _limits.Time.GetElapsedTime(began);
        if (await TryTakeAsync(bytes, left > TimeSpan.Zero ? left : TimeSpan.Zero))
        {
            return true;
        }

        ReturnAhead(bytes);
        return false;
    }

    /// <summary>Goes on with what came of the bytes that were reserved: no more than these are held.</summary>
    public void Settle(long reserved, long came)
    {
        ReturnAhead(reserved);
        Return(reserved - came);
    }

    /// <summary>Counts bytes that are there already.</summary>
    public void Add(long bytes)
    {
        _limits.Budget.Add(bytes);
        _held += bytes;
    }

    /// <summary>Gives bytes back before the request is over.</summary>
    public void Return(long bytes)
    {
        _held -= bytes;
        _limits.Budget.Return(bytes);
    }

    public void Dispose()
    {
        ReturnAhead(_ahead);
        _limits.Budget.Return(_held);
        _held = 0;
    }

    private void ReturnAhead(long bytes)
    {
        _ahead -= bytes;
        _limits.Ahead.Return(bytes);
    }
}
