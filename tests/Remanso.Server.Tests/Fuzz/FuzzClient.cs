namespace Remanso.Server.Tests.Fuzz;

/// <summary>One client: it sends what it makes up, and holds every answer to what is right.</summary>
internal sealed class FuzzClient(Uri address, int client, int seed, int maxValueBytes, int statusOfReplicated)
{
    private readonly Random _random = new(seed + client);
    private RequestMaker? _maker;
    private FuzzConnection? _connection;
    private int _sent;

    public async Task RunAsync(int requests)
    {
        _maker ??= new RequestMaker(_random, client, maxValueBytes, statusOfReplicated);
        for (var i = 0; i < requests; i++, _sent++)
        {
            var request = _maker.Next();
            _connection ??= await FuzzConnection.OpenAsync(address);
            FuzzedAnswer answer;
            try
            {
                answer = await _connection.AskAsync(request, _random);
            }
            catch (Exception exception) when (exception is IOException or OperationCanceledException)
            {
                throw new InvalidOperationException($"Seed {seed}, client {client}, request {_sent} has no answer.\n{request}", exception);
            }

            Assert.True(
                request.Right.Contains(answer.Status),
                $"Seed {seed}, client {client}, request {_sent}:\n{request}\n\n{answer.Head}\n{answer.Body}"
            );
            request.Note(answer);
            if (request.MayEnd || answer.Head.Contains("Connection: close", StringComparison.OrdinalIgnoreCase))
            {
                Disconnect();
            }
        }
    }

    public void Disconnect()
    {
        _connection?.Dispose();
        _connection = null;
    }
}
