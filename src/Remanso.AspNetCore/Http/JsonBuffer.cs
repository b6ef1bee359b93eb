using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;
using Remanso.AspNetCore.Http.Limits;

namespace Remanso.AspNetCore.Http;

/// <summary>A JSON answer on its way: buffered, so that Content-Length is known and the head and body leave in one
/// write. Buffers are kept per thread.</summary>
internal sealed class JsonBuffer
{
    private const int LargestKept = 256 << 10;

    [ThreadStatic]
    private static JsonBuffer? _kept;

    /// <summary>How answers are written: they are JSON, never part of an HTML page, so text stays readable UTF-8.</summary>
    public static readonly JsonWriterOptions Options = new()
    {
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        SkipValidation = true,
    };

    private readonly ArrayBufferWriter<byte> _bytes = new(1024);

    private JsonBuffer() => Writer = new Utf8JsonWriter(_bytes, Options);

    /// <summary>Writes the JSON.</summary>
    public Utf8JsonWriter Writer { get; }

    /// <summary>How much is written and not yet sent.</summary>
    public long Length => Writer.BytesPending + _bytes.WrittenCount;

    public static JsonBuffer Rent()
    {
        var buffer = _kept ?? new JsonBuffer();
        _kept = null;
        return buffer;
    }

    /// <summary>Sends the whole answer and gives the buffer back.</summary>
    public Task SendAsync(HttpContext context, int status, string contentType = MediaTypes.Json)
    {
        Writer.Flush();
        var response = context.Response;
        response.StatusCode = status;
        response.ContentType = contentType;
        response.ContentLength = _bytes.WrittenCount;
        if (_bytes.WrittenCount > TransferLimits.Small)
        {
            // What happened can't be refused its answer any more; it counts all the same.
            RequestCharge.Of(context).Add(_bytes.WrittenCount);
        }

        var write = AnswerBody.WriteAsync(context, _bytes.WrittenMemory);
        if (!write.IsCompletedSuccessfully)
        {
            return ReturnAfterAsync(write);
        }

        Return();
        return Task.CompletedTask;
    }

    /// <summary>Sends what is written so far of an answer too large to be held.</summary>
    public async Task SendPartAsync(HttpContext context, TransferDeadline deadline)
    {
        Writer.Flush();
        if (!context.Response.HasStarted)
        {
            context.Response.ContentType = MediaTypes.Json;
        }

        await AnswerBody.WriteAsync(context, _bytes.WrittenMemory, deadline);
        _bytes.ResetWrittenCount();
    }

    /// <summary>Gives the buffer back.</summary>
    public void Return()
    {
        if (_bytes.Capacity > LargestKept)
        {
            return;
        }

        _bytes.ResetWrittenCount();
        Writer.Reset();
        _kept = this;
    }

    private async Task ReturnAfterAsync(Task write)
    {
        await write;
        Return();
    }
}
