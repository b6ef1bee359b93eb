using Microsoft.AspNetCore.Connections;

namespace Remanso.AspNetCore.Http.Limits;

/// <summary>Writes answers: small ones at once, large ones in parts, so that a slow reader holds a part of them in
/// buffers and not all of it.</summary>
internal static class AnswerBody
{
    private const int PartBytes = 32 << 10;

    /// <summary>Writes bytes of an answer. What is large is counted by the caller.</summary>
    public static Task WriteAsync(HttpContext context, ReadOnlyMemory<byte> bytes)
    {
        if (bytes.Length > TransferLimits.Small)
        {
            return WriteLargeAsync(context, bytes);
        }

        var write = context.Response.BodyWriter.WriteAsync(bytes);
        if (!write.IsCompletedSuccessfully)
        {
            return FinishAsync(context, write.AsTask());
        }

        write.GetAwaiter().GetResult();
        return Task.CompletedTask;
    }

    /// <summary>Writes a part of an answer that has a deadline for the whole.</summary>
    public static async Task WriteAsync(HttpContext context, ReadOnlyMemory<byte> bytes, TransferDeadline deadline)
    {
        try
        {
            while (!bytes.IsEmpty)
            {
                var part = bytes[..Math.Min(PartBytes, bytes.Length)];
                await context.Response.BodyWriter.WriteAsync(part, deadline.Token);
                deadline.Moved(part.Length);
                bytes = bytes[part.Length..];
            }
        }
        catch (OperationCanceledException) when (deadline.Token.IsCancellationRequested)
        {
            throw GiveUp(context);
        }
    }

    private static async Task WriteLargeAsync(HttpContext context, ReadOnlyMemory<byte> bytes)
    {
        using var deadline = new TransferDeadline(TransferLimits.Of(context));
        await WriteAsync(context, bytes, deadline);
    }

    private static async Task FinishAsync(HttpContext context, Task write)
    {
        var limits = TransferLimits.Of(context);
        try
        {
            await write.WaitAsync(limits.Timeout, limits.Time);
        }
        catch (TimeoutException)
        {
            throw GiveUp(context);
        }
    }

    // Who does not read gets no more.
    private static ConnectionAbortedException GiveUp(HttpContext context)
    {
        context.Abort();
        return new ConnectionAbortedException();
    }
}
