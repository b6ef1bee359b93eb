namespace Remanso.Server.Endpoints;

/// <summary>A page that is part of the program: the index, the OpenAPI document.</summary>
internal sealed class StaticPage(string resource, string contentType)
{
    private readonly byte[] _bytes = Load(resource);

    public async Task InvokeAsync(HttpContext context)
    {
        ServerPages.WithoutKeeping(context).Response.ContentType = contentType;
        context.Response.ContentLength = _bytes.Length;
        await context.Response.BodyWriter.WriteAsync(_bytes, context.RequestAborted);
    }

    private static byte[] Load(string resource)
    {
        using var stream = typeof(StaticPage).Assembly.GetManifestResourceStream(resource)
            ?? throw new InvalidOperationException($"The resource {resource} is not in the assembly.");
        using var copy = new MemoryStream();
        stream.CopyTo(copy);
        return copy.ToArray();
    }
}
