using System.Buffers;
using System.IO.Pipelines;

namespace Remanso.Server.Http;

/// <summary>Reads a request's body as a whole, within a limit.</summary>
internal static class RequestBody
{
    /// <summary>Reads the body; the caller hands it back with <see cref="Release"/> when it is done with the bytes.</summary>
    public static ValueTask<ReadOnlySequence<byte>> ReadAsync(HttpRequest request, long limit)
    {
        if (request.ContentLength > limit)
        {
            throw Problems.BodyTooLarge(limit);
        }

        var reader = request.BodyReader;
        var read = reader.ReadAsync();
        if (!read.IsCompletedSuccessfully)
        {
            return ContinueAsync(read, reader, limit);
        }

        var result = read.GetAwaiter().GetResult();
        return result.IsCompleted && result.Buffer.Length <= limit
            ? ValueTask.FromResult(result.Buffer)
            : ContinueAsync(ValueTask.FromResult(result), reader, limit);
    }

    /// <summary>Hands the bytes back.</summary>
    public static void Release(HttpRequest request, ReadOnlySequence<byte> body) => request.BodyReader.AdvanceTo(body.End);

    private static async ValueTask<ReadOnlySequence<byte>> ContinueAsync(ValueTask<ReadResult> read, PipeReader reader, long limit)
    {
        while (true)
        {
            var result = await read;
            if (result.Buffer.Length > limit)
            {
                reader.AdvanceTo(result.Buffer.End);
                throw Problems.BodyTooLarge(limit);
            }

            if (result.IsCompleted)
            {
                return result.Buffer;
            }

            reader.AdvanceTo(result.Buffer.Start, result.Buffer.End);
            read = reader.ReadAsync();
        }
    }
}
