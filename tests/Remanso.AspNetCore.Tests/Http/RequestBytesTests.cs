using System.Buffers;
using System.IO.Pipelines;
using Remanso.AspNetCore.Http;

namespace Remanso.AspNetCore.Tests.Http;

public sealed class RequestBytesTests
{
    [Fact]
    public void A_stream_that_its_client_gave_up_takes_nothing_back_and_what_was_kept_is_kept()
    {
        var bytes = new RequestBytes(new GivenUp(), new ReadOnlySequence<byte>([1, 2]));

        Assert.Equal([1, 2], bytes.Keep());
        bytes.Release();
    }

    /// <summary>The body of a stream of HTTP/2 after its reset, as Kestrel has it.</summary>
    private sealed class GivenUp : PipeReader
    {
        public override void AdvanceTo(SequencePosition consumed) => throw new IOException("The client reset the request stream.");

        public override void AdvanceTo(SequencePosition consumed, SequencePosition examined) => throw new NotSupportedException();

        public override void CancelPendingRead() => throw new NotSupportedException();

        public override void Complete(Exception? exception = null) => throw new NotSupportedException();

        public override ValueTask<ReadResult> ReadAsync(CancellationToken cancellationToken = default) => throw new NotSupportedException();

        public override bool TryRead(out ReadResult result) => throw new NotSupportedException();
    }
}
