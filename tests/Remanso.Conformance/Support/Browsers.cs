namespace Remanso.Conformance.Support;

/// <summary>Which browser the tests of pages drive.</summary>
public static class Browsers
{
    /// <summary>Debian's Chromium: its shell without windows, which takes a third less of a busy machine, or else the whole.</summary>
    /// <exception cref="InvalidOperationException">Neither is there.</exception>
    public static string Chromium =>
        new[] { "/usr/bin/chromium-headless-shell", "/usr/bin/chromium" }.FirstOrDefault(File.Exists)
        ?? throw new InvalidOperationException(
            "These tests need Chromium: 'apt-get install chromium-headless-shell' brings it, and eng/test.sh does that by itself."
        );
}
