using System.Text;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace Remanso.AspNetCore.Tests.Support;

/// <summary>A request whose client may stop to read the answer, on a web server that would wait for ever.</summary>
internal sealed class UnreadAnswer : Stream, IHttpRequestLifetimeFeature
{
    private readonly StringBuilder _text = new();
    private TaskCompletionSource _more = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public UnreadAnswer(IServiceProvider services)
    {
        Context = new DefaultHttpContext { RequestServices = services };
        Context.Features.Set<IHttpResponseBodyFeature>(new StreamResponseBodyFeature(this));
        Context.Features.Set<IHttpRequestLifetimeFeature>(this);
    }

    public DefaultHttpContext Context { get; }

    /// <summary>Whether the client reads what comes from now on.</summary>
    public bool IsRead { get; set; }

    /// <summary>What it has read.</summary>
    public string Text
    {
        get
        {
            lock (_text)
            {
                return _text.ToString();
            }
        }
    }

    /// <summary>Whether the connection was cut.</summary>
    public bool IsAborted { get; private set; }

    public CancellationToken RequestAborted { get; set; }

    public override bool CanRead => false;

    public override bool CanSeek => false;

    public override bool CanWrite => true;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    public void Abort() => IsAborted = true;

    /// <summary>Waits until a text was read.</summary>
    public async Task WaitForAsync(string text)
    {
        while (true)
        {
            var more = Volatile.Read(ref _more).Task;
            if (Text.Contains(text, StringComparison.Ordinal))
            {
                return;
            }

            await more.WaitAsync(TimeSpan.FromSeconds(30));
        }
    }

    public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (!IsRead)
        {
            await new TaskCompletionSource().Task.WaitAsync(cancellationToken);
        }

        lock (_text)
        {
            _text.Append(Encoding.UTF8.GetString(buffer.Span));
        }

        Interlocked.Exchange(ref _more, new(TaskCreationOptions.RunContinuationsAsynchronously)).SetResult();
    }

    public override Task FlushAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public override void Flush() => throw new NotSupportedException();

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
}
