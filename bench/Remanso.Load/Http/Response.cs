using System.Runtime.InteropServices;

namespace Remanso.Load.Http;

/// <summary>What is kept of an answer.</summary>
/// <param name="Status">The status code.</param>
/// <param name="HeadLength">Bytes of status line and headers.</param>
/// <param name="BodyLength">Bytes of the body, without the frames of chunks.</param>
/// <param name="TotalLength">Bytes on the wire.</param>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct Response(int Status, int HeadLength, int BodyLength, int TotalLength)
{
    /// <summary>Whether the status is one of success.</summary>
    public bool IsSuccess => Status is >= 200 and < 300;
}
