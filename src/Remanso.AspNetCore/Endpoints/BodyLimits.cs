using Microsoft.AspNetCore.Http.Metadata;

namespace Remanso.AspNetCore.Endpoints;

/// <summary>How large bodies may be, derived from the largest value.</summary>
internal static class BodyLimits
{
    private const int EnvelopeBytes = 16 << 10;
    private const long BatchBytes = 64L << 20;

    /// <summary>One key and one value as JSON: a byte of text takes up to six as the escape <c>\u00XX</c>.</summary>
    public static long Json(int maxValueBytes) => (6L * maxValueBytes) + EnvelopeBytes;

    /// <summary>Many keys or entries as JSON.</summary>
    public static long Batch(int maxValueBytes) => Math.Max(BatchBytes, Json(maxValueBytes));
}

/// <summary>The largest body of any call, as routing sets it: the server's own limit may be lower, each call's is
/// checked by itself.</summary>
internal sealed record LargestBody(long? MaxRequestBodySize) : IRequestSizeLimitMetadata;
