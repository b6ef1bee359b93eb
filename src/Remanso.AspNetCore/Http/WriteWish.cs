namespace Remanso.AspNetCore.Http;

/// <summary>How a request wants to be written: what its query and headers say.</summary>
internal static class WriteWish
{
    /// <summary>The wish of a request that writes one key.</summary>
    /// <exception cref="ProblemException">A part of it makes no sense.</exception>
    public static WriteOptions Of(HttpRequest request, string? contentType) =>
        new()
        {
            Condition = Preconditions.Of(request),
            Durability = Query.Durability(request),
            Lifetime = Query.Lifetime(request),
            Ttl = Query.Ttl(request),
            Grace = Query.Grace(request),
            Tags = Query.Tags(request),
            IdempotencyKey = IdempotencyKey.Of(request),
            IdempotencyOwner = IdempotencyKey.OwnerOf(request),
            ContentType = contentType,
        };
}
