using System.IO.Pipelines;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Remanso.AspNetCore.Tests.Support;

namespace Remanso.AspNetCore.Tests.Http;

/// <summary>A body that never comes to its end, on a real Kestrel: the client's doing, of which no operator has to hear.</summary>
public sealed class BrokenBodyTests : IDisposable
{
    private const string Entry = "/v1/caches/default/entries/k";
    private const string BatchGet = "/v1/caches/default/entries:batch-get";

    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(10);

    private readonly LogCollector _logs = new();

    public void Dispose() => _logs.Dispose();

    [Theory]
    [InlineData("PUT", Entry, "Content-Length: 10", "hi")]
    [InlineData("POST", "/set", "Content-Length: 20", "{\"key")]
    [InlineData("POST", BatchGet, "Content-Length: 20", "[\"k")]
    [InlineData("PUT", Entry, "Transfer-Encoding: chunked", "a\r\nhi")]
    public async Task A_client_that_leaves_in_the_middle_of_a_small_body_is_nothing_to_warn_of(
        string method,
        string path,
        string length,
        string part
    )
    {
        var kept = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using (var api = await StartAsync(app => app.Use(next => context => next(Watched(context, kept)))))
        {
            using var client = new TcpClient();
            await client.ConnectAsync(IPAddress.Loopback, api.Address.Port, TestContext.Current.CancellationToken);
            var request = Encoding.ASCII.GetBytes($"{method} {path} HTTP/1.1\r\nHost: localhost\r\n{length}\r\n\r\n{part}");
            var stream = client.GetStream();
            await stream.WriteAsync(request, TestContext.Current.CancellationToken);
            await kept.Task.WaitAsync(_patience, TimeProvider.System, TestContext.Current.CancellationToken);

            client.Client.Shutdown(SocketShutdown.Send);
            await EndAsync(stream).WaitAsync(_patience, TimeProvider.System, TestContext.Current.CancellationToken);
        }

        AssertNothingToWarnOf();
    }

    [Theory]
    [InlineData(2, false)]
    [InlineData(40_000, false)]
    [InlineData(2, true)]
    [InlineData(40_000, true)]
    public async Task A_body_of_HTTP_2_that_is_too_short_or_given_up_is_no_outage_of_the_store(int length, bool givesUp)
    {
        await using (
            var api = await StartAsync(
                static _ => { },
                static builder =>
                    builder.WebHost.ConfigureKestrel(static kestrel =>
                        kestrel.ConfigureEndpointDefaults(static endpoint => endpoint.Protocols = HttpProtocols.Http2)
                    )
            )
        )
        {
            using var client = await Http2Client.ConnectAsync(api.Address);
            await client.BeginAsync("PUT", Entry, contentLength: 2 * length);
            await client.SendBodyAsync(length, isEnd: !givesUp);
            if (givesUp)
            {
                await client.GiveUpAsync();
            }
            else
            {
                await client.UntilResetAsync().WaitAsync(_patience, TimeProvider.System, TestContext.Current.CancellationToken);
            }
        }

        AssertNothingToWarnOf();
    }

    [Fact]
    public async Task A_compressed_body_that_is_none_is_a_bad_request_where_the_application_makes_it_plain()
    {
        await using var api = await StartAsync(
            static app => app.UseRequestDecompression(),
            static builder => builder.Services.AddRequestDecompression()
        );
        using var request = new HttpRequestMessage(HttpMethod.Put, Entry) { Content = new ByteArrayContent("no gzip"u8.ToArray()) };
        request.Content.Headers.ContentEncoding.Add("gzip");

        using var response = await api.Client.SendAsync(request, TestContext.Current.CancellationToken);

        var answer = await Answer.OfAsync(response);
        Assert.Equal((400, "bad-request"), (answer.Status, answer.Problem));
        AssertNothingToWarnOf();
    }

    [Theory]
    [InlineData("hi")]
    [InlineData("larger than one read")]
    public async Task A_full_disk_where_the_application_buffers_bodies_is_not_the_client_s_fault(string body)
    {
        await using var api = await StartAsync(static app =>
            app.Use(
                static async (context, next) =>
                {
                    context.Request.Body = new FullDisk();
                    await next(context);
                }
            )
        );

        using var content = new StringContent(body);
        using var response = await api.Client.PutAsync(new Uri(Entry, UriKind.Relative), content, TestContext.Current.CancellationToken);

        var answer = await Answer.OfAsync(response);
        Assert.Equal((503, "body-unreadable"), (answer.Status, answer.Problem));
        Assert.DoesNotContain("No space", answer.Body, StringComparison.Ordinal);
        Assert.Contains(_logs.Records, static record =>
            record.Level == LogLevel.Warning && record.Text.Contains("No space left on device", StringComparison.Ordinal)
        );
    }

    [Fact]
    public async Task A_body_that_a_decoder_of_the_application_finds_too_short_is_a_bad_request()
    {
        await using var api = await StartAsync(static app =>
            app.Use(
                static async (context, next) =>
                {
                    context.Request.Body = new FullDisk(new EndOfStreamException());
                    await next(context);
                }
            )
        );

        using var content = new StringContent("hi");
        using var response = await api.Client.PutAsync(new Uri(Entry, UriKind.Relative), content, TestContext.Current.CancellationToken);

        Assert.Equal("bad-request", (await Answer.OfAsync(response)).Problem);
        AssertNothingToWarnOf();
    }

    private Task<MountedApi> StartAsync(Action<WebApplication> use, Action<WebApplicationBuilder>? configure = null) =>
        MountedApi.StartAsync(
            app =>
            {
                use(app);
                app.MapRemanso();
            },
            builder =>
            {
                builder.Logging.AddProvider(_logs).SetMinimumLevel(LogLevel.Trace);
                configure?.Invoke(builder);
            }
        );

    private void AssertNothingToWarnOf()
    {
        var told = string.Join('\n', _logs.Records.Where(static record => record.Level >= LogLevel.Warning));
        Assert.True(told.Length == 0, told);
    }

    private static async Task EndAsync(Stream stream)
    {
        try
        {
            await stream.CopyToAsync(Stream.Null, TestContext.Current.CancellationToken);
        }
        catch (IOException)
        {
            // The server has reset it: an end as well.
        }
    }

    private static HttpContext Watched(HttpContext context, TaskCompletionSource kept)
    {
        context.Features.Set<IRequestBodyPipeFeature>(new WatchedBody(new WatchedReader(context.Request.BodyReader, kept)));
        return context;
    }

    /// <summary>Fails as a stream does that buffers what it reads in a file.</summary>
    private sealed class FullDisk(IOException? error = null) : MemoryStream
    {
        private const int NoSpace = 28;

        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
            throw error ?? new IOException("No space left on device : '/tmp/ASPNETCORE_x.tmp'", NoSpace);
    }

    private sealed record WatchedBody(PipeReader Reader) : IRequestBodyPipeFeature;

    /// <summary>Tells when a part of the body has been looked at that stays there for the next look.</summary>
    private sealed class WatchedReader(PipeReader reader, TaskCompletionSource kept) : PipeReader
    {
        public override void AdvanceTo(SequencePosition consumed) => reader.AdvanceTo(consumed);

        public override void AdvanceTo(SequencePosition consumed, SequencePosition examined)
        {
            reader.AdvanceTo(consumed, examined);
            kept.TrySetResult();
        }

        public override void CancelPendingRead() => reader.CancelPendingRead();

        public override void Complete(Exception? exception = null) => reader.Complete(exception);

        public override ValueTask<ReadResult> ReadAsync(CancellationToken cancellationToken = default) =>
            reader.ReadAsync(cancellationToken);

        public override bool TryRead(out ReadResult result) => reader.TryRead(out result);
    }
}
