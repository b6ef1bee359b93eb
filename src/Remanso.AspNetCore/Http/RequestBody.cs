using System.Buffers;
using System.IO.Pipelines;
using Microsoft.AspNetCore.Connections;
using Remanso.AspNetCore.Http.Limits;

namespace Remanso.AspNetCore.Http;

/// <summary>Reads a request's body as a whole, within a limit: small ones where they lie, in the connection's buffer,
/// larger ones into memory that the budget counts while they arrive.</summary>
internal static class RequestBody
{
    private const int FirstBuffer = 64 << 10;
    private const string Broken = "The body ended early, or can't be read.";

    // What code throws by itself; what the system refuses, such as a write to a full disk, has the system's number.
    private const int OfCode = unchecked((int)0x80131620);
    private const int OfEarlyEnd = unchecked((int)0x80070026);

    /// <summary>Reads the body; the caller hands it back with <see cref="RequestBytes.Release"/> when it is done with the bytes.</summary>
    /// <param name="request">The request.</param>
    /// <param name="limit">The largest that is taken.</param>
    /// <param name="copies">How often its bytes will be in memory at a time, all told.</param>
    /// <exception cref="ProblemException">It is too large, or not the whole value as it is.</exception>
    public static ValueTask<RequestBytes> ReadAsync(HttpRequest request, long limit, int copies)
    {
        RefusePartsAndCodings(request.Headers);
        if (request.ContentLength > limit)
        {
            throw Problems.BodyTooLarge(limit);
        }

        try
        {
            return request.ContentLength > TransferLimits.Small
                ? ExplainAsync(ReadLargeAsync(request, limit, copies))
                : ReadSmallAsync(request, limit, copies);
        }
        catch (Exception exception) when (exception is IOException or InvalidDataException)
        {
            // Of a stream that was given up already, a read fails at once.
            return ExplainAsync(ValueTask.FromException<RequestBytes>(exception));
        }
    }

    /// <summary>Whether the client, or the way to it, is why a body can't be read. What knows its status says it itself, and
    /// who is gone needs none. All else is so, unless the system says it of a file: a stream of HTTP/2 that was reset or is
    /// too short, what an application's own decompression makes of a broken body.</summary>
    public static bool IsBroken(Exception exception) =>
        exception is IOException { HResult: OfCode or OfEarlyEnd } and not (BadHttpRequestException or ConnectionResetException)
        || exception is InvalidDataException;

    // The bytes are kept as they come, and given back without these fields: they would be another value.
    private static void RefusePartsAndCodings(IHeaderDictionary headers)
    {
        var coding = headers.ContentEncoding;
        if (coding.Count > 0 && !(coding.Count == 1 && string.Equals(coding[0], "identity", StringComparison.OrdinalIgnoreCase)))
        {
            throw Problems.UnsupportedCoding();
        }

        // Chunks are undone before the body is read, and no other coding is.
        var transfer = headers.TransferEncoding;
        if (transfer.Count > 0 && !(transfer.Count == 1 && string.Equals(transfer[0], "chunked", StringComparison.OrdinalIgnoreCase)))
        {
            throw Problems.UnsupportedTransferCoding();
        }

        if (headers.ContentRange.Count > 0)
        {
            throw Problems.BadRequest("The body is a part of a value (Content-Range); send the whole value.");
        }
    }

    private static ValueTask<RequestBytes> ReadSmallAsync(HttpRequest request, long limit, int copies)
    {
        var reader = request.BodyReader;
        var read = reader.ReadAsync();
        if (!read.IsCompletedSuccessfully)
        {
            return ExplainAsync(ReadSlowlyAsync(request, read, limit, copies));
        }

        var result = read.GetAwaiter().GetResult();
        return result.IsCompleted && result.Buffer.Length <= Math.Min(limit, TransferLimits.Small)
            ? ValueTask.FromResult(new RequestBytes(reader, result.Buffer))
            : ExplainAsync(ReadSlowlyAsync(request, ValueTask.FromResult(result), limit, copies));
    }

    private static async ValueTask<RequestBytes> ExplainAsync(ValueTask<RequestBytes> reading)
    {
        try
        {
            return await reading;
        }
        catch (IOException exception) when (exception.InnerException is OverflowException)
        {
            // Kestrel's way to say so of a number that its own type does not hold.
            throw Problems.BadRequest("The size of a chunk is out of range.");
        }
        catch (Exception exception) when (IsBroken(exception))
        {
            throw Problems.BadRequest(Broken);
        }
        catch (IOException exception) when (exception is not (BadHttpRequestException or ConnectionResetException))
        {
            throw new BodyUnreadableException(exception);
        }
    }

    private static async ValueTask<RequestBytes> ReadLargeAsync(HttpRequest request, long limit, int copies)
    {
        using var deadline = new TransferDeadline(TransferLimits.Of(request.HttpContext));
        using var registration = deadline.Token.UnsafeRegister(
            static reader => ((PipeReader)reader!).CancelPendingRead(),
            request.BodyReader
        );
        return await FillAsync(request, deadline, limit, copies);
    }

    private static async ValueTask<RequestBytes> ReadSlowlyAsync(HttpRequest request, ValueTask<ReadResult> first, long limit, int copies)
    {
        using var deadline = new TransferDeadline(TransferLimits.Of(request.HttpContext));
        var reader = request.BodyReader;

        // Not by the token: a read that was cancelled so is never over for Kestrel, and its connection can't go on.
        using var registration = deadline.Token.UnsafeRegister(static reader => ((PipeReader)reader!).CancelPendingRead(), reader);
        SequencePosition? unread = null;
        for (var read = first; ; read = reader.ReadAsync())
        {
            ReadResult result;
            try
            {
                result = await ReadAsync(request, read, limit);
            }
            catch (BadHttpRequestException) when (unread is { } end && request.ContentLength is not null)
            {
                // Of a body whose length was announced, Kestrel leaves the read open that ended early, and then reads the
                // connection once more.
                reader.AdvanceTo(end);
                throw;
            }

            if (result.Buffer.Length > TransferLimits.Small)
            {
                reader.AdvanceTo(result.Buffer.Start);
                return await FillAsync(request, deadline, limit, copies);
            }

            if (result.IsCompleted)
            {
                return new RequestBytes(reader, result.Buffer);
            }

            reader.AdvanceTo(result.Buffer.Start, result.Buffer.End);
            unread = result.Buffer.End;
        }
    }

    private static async ValueTask<ReadResult> ReadAsync(HttpRequest request, ValueTask<ReadResult> read, long limit, long before = 0)
    {
        var result = await read;
        if (!result.IsCanceled && before + result.Buffer.Length <= limit)
        {
            return result;
        }

        // Consumed, so that the server can read the rest away.
        request.BodyReader.AdvanceTo(result.Buffer.End);
        throw result.IsCanceled ? Problems.TooSlow() : Problems.BodyTooLarge(limit);
    }

    /// <summary>Gathers the body in memory that grows, and is charged, with what arrives and never with what is announced.</summary>
    private static async ValueTask<RequestBytes> FillAsync(HttpRequest request, TransferDeadline deadline, long limit, int copies)
    {
        var charge = RequestCharge.Of(request.HttpContext);
        var room = TransferLimits.Of(request.HttpContext).Budget.Limit / copies;
        var most = (int)Math.Min(Math.Min(limit, room), Array.MaxLength);
        if (request.ContentLength > most)
        {
            throw Problems.BodyTooLarge(most);
        }

        var reader = request.BodyReader;
        byte[] buffer = [];
        var length = 0;
        while (true)
        {
            var result = await ReadAsync(request, reader.ReadAsync(), most, length);
            var needed = length + result.Buffer.Length;
            if (needed > buffer.Length)
            {
                var size = SizeFor(needed, request.ContentLength ?? most);
                if (!await charge.TryTakeAsync((long)copies * (size - buffer.Length), TransferLimits.Patience))
                {
                    reader.AdvanceTo(result.Buffer.End);
                    throw Problems.Busy();
                }

                var larger = GC.AllocateUninitializedArray<byte>(size);
                buffer.AsSpan(0, length).CopyTo(larger);
                buffer = larger;
            }

            result.Buffer.CopyTo(buffer.AsSpan(length));
            length = (int)needed;
            deadline.Moved(result.Buffer.Length);
            reader.AdvanceTo(result.Buffer.End);
            if (result.IsCompleted)
            {
                return new RequestBytes(buffer.AsMemory(0, length));
            }
        }
    }

    private static int SizeFor(long needed, long most)
    {
        var size = (long)FirstBuffer;
        while (size < needed)
        {
            size *= 2;
        }

        return (int)Math.Min(size, most);
    }
}
