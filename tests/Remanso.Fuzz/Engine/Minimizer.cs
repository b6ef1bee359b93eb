namespace Remanso.Fuzz.Engine;

/// <summary>Makes an input shorter as long as something holds of it.</summary>
internal static class Minimizer
{
    /// <summary>The shortest that cutting pieces out, ever smaller ones, leads to.</summary>
    public static byte[] Shorten(byte[] input, Func<byte[], bool> holds)
    {
        for (var length = Math.Max(1, input.Length / 2); length > 0; length /= 2)
        {
            var at = 0;
            while (at + length <= input.Length)
            {
                byte[] shorter = [.. input[..at], .. input[(at + length)..]];
                if (holds(shorter))
                {
                    input = shorter;
                }
                else
                {
                    at += length;
                }
            }
        }

        return input;
    }
}
