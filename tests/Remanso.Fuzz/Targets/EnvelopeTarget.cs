using Remanso.Faces;
using Remanso.Fuzz.Engine;

namespace Remanso.Fuzz.Targets;

/// <summary>A value of the faces, which may have been written by anybody.</summary>
internal static class EnvelopeTarget
{
    public static FuzzTarget Target { get; } = new("envelope", Run) { Words = ["\u0001", "\0"], MostBytes = 256 };

    private static void Run(byte[] input)
    {
        var payload = new HybridPayload(input);
        var mark = input.Length >= HybridPayload.HeadBytes ? BitConverter.ToUInt32(input, 1) : 0;
        if (payload.Is(mark) && !payload.IsNull)
        {
            WrongAnswerException.Unless(payload.Content.Length == input.Length - HybridPayload.HeadBytes, "another content");
        }

        try
        {
            var envelope = SlidingEnvelope.Unwrap(input, out var value);
            WrongAnswerException.Unless(envelope == default || value.Length == input.Length - 17, "another value");
            _ = envelope.Step;
        }
        catch (FormatException)
        {
            // Not written by this face.
        }
    }
}
